#!lua flags=no-writes
-- room_codes: the codes of these rooms. The codes themselves are in other slots, so the caller
-- compares them.
-- KEYS[1..6] the pool's. ARGV: 1 clock, 2 settings, 3.. rooms.
-- Returns [room, code, nonce, live (1) or over with a rematch to come (0), ...]; without the rooms
--   that have no code.
--- @include "keys"
local found = {}
for i = 3, #ARGV do
  local live = redis.call('HMGET', key('room', ARGV[i]), 'code', 'code_nonce')
  local current = live[1] and '1' or '0'
  if not live[1] then live = redis.call('HMGET', key('rematch', ARGV[i]), 'code', 'code_nonce') end
  if live[1] then
    for _, word in ipairs({ ARGV[i], live[1], live[2], current }) do found[#found + 1] = word end
  end
end
return found
