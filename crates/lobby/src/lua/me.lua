#!lua
-- me: a player's state, with a new seat ticket for a player in a match. Counts as a sign of life of a player who is
-- not out.
-- KEYS[1..6] the pool's; KEYS[7] player:<player>; KEYS[8] its shadow.
-- ARGV: 1 clock, 2 settings, 3 player, 4 an unused ticket id.
-- Returns {state, nonce, reason?, position?, room?, game?}; state `none`: there is no record.
--- @include "player"
--- @include "player_alive"
--- @include "position"
--- @include "room"
--- @include "ticket_mint"
local player = ARGV[3]
local record = player_read(player)
if not record then return cjson.encode({ state = 'none', nonce = '0' }) end
if not is_live(record) then return cjson.encode({ state = 'out', nonce = record.nonce, reason = record.reason }) end

player_alive(player, record)
local answer = { state = record.state, nonce = record.nonce }
if record.state == 'queued' then
  answer.position = position(player)
else
  answer.room = record.room
end
if record.state == 'playing' then
  local meta = room_read(record.room)
  if meta then answer.game = ticket_mint(player, record.room, meta, ARGV[4]) end
end
return cjson.encode(answer)
