#!lua flags=allow-oom
-- forfeit: removes the player from the running match. The player may queue again immediately; the relay gets an inbox
-- message.
-- KEYS[1..6] the pool's; KEYS[7] player:<player>; KEYS[8] its shadow.
-- ARGV: 1 clock, 2 settings, 3 player, 4 request or ''.
-- Returns {kind = done, release?} or {kind = not_playing}.
--- @include "answers"
--- @include "emit"
--- @include "player"
--- @include "player_exit"
--- @include "unseat"
local player, request = ARGV[3], ARGV[4]

local answer = remembered(player, 'forfeit', request)
if answer then return cjson.encode(answer) end
local record = player_read(player)
if not is_live(record) or record.state ~= 'playing' then
  answer = { kind = 'not_playing' }
  remember(player, 'forfeit', request, answer)
  return cjson.encode(answer)
end

answer = { kind = 'done' }
remember(player, 'forfeit', request, answer)
player_delete(player)
local inbox = unseat(player, record)
emit('forfeited', {
  room = record.room, inbox = inbox, release = { { player = player, nonce = record.nonce } },
  tell = { { to = { player }, message = { type = 'removed', reason = 'forfeited', room_id = record.room } } },
})
answer.release = record.nonce
return cjson.encode(answer)
