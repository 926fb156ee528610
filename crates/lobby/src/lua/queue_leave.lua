#!lua flags=allow-oom
-- queue_leave: out of the queue or the waiting room, because the player asked. Not out of a match.
-- KEYS[1..6] the pool's; KEYS[7] player:<player>; KEYS[8] its shadow.
-- ARGV: 1 clock, 2 settings, 3 player, 4 request or ''.
-- Returns {kind = out, release?} or {kind = playing, room}. release: the nonce of the claim that is free now.
local player, request = ARGV[3], ARGV[4]

local answer = remembered(player, 'leave', request)
if answer then return cjson.encode(answer) end
local record = player_read(player)
answer = { kind = 'out' }
if is_live(record) and record.state == 'playing' then answer = { kind = 'playing', room = record.room } end
remember(player, 'leave', request, answer)
if answer.kind == 'playing' or not is_live(record) then return cjson.encode(answer) end

player_delete(player)
local unsaid, tell_others = nil, function() end
if record.state == 'seated' then unsaid, tell_others = unseat(player, record) end
emit('left', { room = record.room ~= '' and record.room or nil, release = { { player = player, nonce = record.nonce } } })
tell_others()
answer.release = record.nonce
return cjson.encode(answer)
