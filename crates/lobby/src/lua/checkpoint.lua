#!lua
-- checkpoint: what a relay mirrors of a running match once a second; a sign of life of the room and of everybody online.
-- KEYS[1..6] the pool's; KEYS[7] room:<room>; KEYS[8] its shadow; KEYS[9] projectile:<room>.
-- ARGV: 1 clock, 2 settings, 3 room, 4 relay, 5 epoch, 6 players as JSON [{player_id, x, y, online}], 7.. projectiles, each JSON.
-- Returns 1, or 0 when the room is not this relay's and epoch's: nothing was written.
local room = ARGV[3]
local meta = room_read(room)
if not meta or meta.state ~= 'started' or meta.relay ~= ARGV[4] or meta.epoch ~= tonumber(ARGV[5]) or meta.boot == '' then
  return 0
end
for _, seen in ipairs(cjson.decode(ARGV[6])) do
  local record = player_read(seen.player_id)
  if is_live(record) and record.room == room and record.epoch == meta.epoch then
    redis.call('HSET', key.player(seen.player_id), 'x', tostring(tonumber(seen.x) or 0), 'y', tostring(tonumber(seen.y) or 0),
      'online', seen.online and 1 or 0)
    if seen.online then player_touch(seen.player_id) end
  end
end
redis.call('DEL', KEYS[9])
for i = 7, #ARGV, 100 do
  redis.call('RPUSH', KEYS[9], unpack(ARGV, i, math.min(i + 99, #ARGV)))
end
arm('room:' .. room, now + SETTINGS.claim_room_ms)
return 1
