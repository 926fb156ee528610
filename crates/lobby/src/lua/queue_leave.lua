#!lua flags=allow-oom
-- queue_leave: the player leaves the queue or the waiting room. A match is not left this way.
-- KEYS[1..6] the pool's; KEYS[7] player:<player>; KEYS[8] its shadow.
-- ARGV: 1 clock, 2 settings, 3 player, 4 request or ''.
-- Returns {kind = out, release?} or {kind = playing, room}. release: the nonce of the claim to
--   release.
--- @include "answers"
--- @include "emit"
--- @include "player"
--- @include "player_exit"
--- @include "unseat"
local player, request = ARGV[3], ARGV[4]

local answer = remembered(player, 'leave', request)
if answer then return cjson.encode(answer) end
local record = player_read(player)
answer = { kind = 'out' }
if is_live(record) and record.state == 'playing' then answer = { kind = 'playing', room = record.room } end
remember(player, 'leave', request, answer)
if answer.kind == 'playing' or not is_live(record) then return cjson.encode(answer) end

player_delete(player)
local _, notify_others = nil, function() end
if record.state == 'seated' then _, notify_others = unseat(player, record) end
emit('left', { room = record.room ~= '' and record.room or nil, release = { { player = player, nonce = record.nonce } } })
notify_others()
answer.release = record.nonce
return cjson.encode(answer)
