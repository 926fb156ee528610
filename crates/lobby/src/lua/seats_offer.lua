#!lua
-- seats_offer: a relay reports which seats of a running match are free and accepted by its game. This replaces the
-- earlier offer. A seat that the lobby has given to a late player in the meantime is not offered.
-- KEYS[1..6] the pool's; KEYS[7] room:<room>; KEYS[8] its shadow; KEYS[9] rooms:<room>.
-- ARGV: 1 clock, 2 settings, 3 room, 4 relay, 5 epoch, 6.. the seats' numbers in order.
-- Returns how many seats are offered now, or -1 if the room does not belong to this relay and
--   epoch.
--- @include "clock"
--- @include "keys"
--- @include "late"
--- @include "room"
--- @include "settings"
local room = ARGV[3]
local meta = room_read(room)
if not meta or meta.state ~= 'started' or meta.relay ~= ARGV[4] or meta.epoch ~= tonumber(ARGV[5]) or meta.boot == '' then
  return -1
end
local taken, seats = {}, {}
if now < (tonumber(meta.late_until) or 0) then
  for _, player in ipairs(redis.call('SMEMBERS', KEYS[9])) do
    taken[redis.call('HGET', key('player', player), 'late') or ''] = true
  end
  for i = 6, #ARGV do
    if not taken[ARGV[i]] and tonumber(ARGV[i]) < SETTINGS.seats_max then seats[#seats + 1] = ARGV[i] end
  end
end
late_offer(room, meta, seats)
return #seats
