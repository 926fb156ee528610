#!lua
-- claim_room: a relay takes the room it was given. Relay and epoch must be equal, the boot nonce unset or equal.
-- KEYS[1..6] the pool's; KEYS[7] room:<room>; KEYS[8] its shadow; KEYS[9] rooms:<room>.
-- ARGV: 1 clock, 2 settings, 3 room, 4 relay, 5 epoch, 6 boot nonce.
-- Returns {claimed, seed?, players? = [{player_id, name, colors}] in seat order}.
local room, boot = ARGV[3], ARGV[6]
local meta = room_read(room)
if not meta or meta.state ~= 'started' or meta.relay ~= ARGV[4] or meta.epoch ~= tonumber(ARGV[5])
  or (meta.boot ~= '' and meta.boot ~= boot) then
  return '{"claimed":false}'
end
local list = members(room)
redis.call('HSET', key.room(room), 'boot', boot)
arm('room:' .. room, now + SETTINGS.claim_room_ms)
return cjson.encode({ claimed = true, seed = meta.seed, players = faces(list) })
