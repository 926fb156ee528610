#!lua flags=allow-oom
-- room_touch: a sign of life of a running match whose checkpoint was refused by a full Redis.
-- KEYS[1..6] the pool's; KEYS[7] room:<room>; KEYS[8] its shadow; KEYS[9] rooms:<room>.
-- ARGV: 1 clock, 2 settings, 3 room, 4 relay, 5 epoch.
-- Returns 1, or 0 if the room does not belong to this relay and epoch.
--- @include "clock"
--- @include "deadlines"
--- @include "room"
--- @include "settings"
local meta = room_read(ARGV[3])
if not meta or meta.state ~= 'started' or meta.relay ~= ARGV[4] or meta.epoch ~= tonumber(ARGV[5]) or meta.boot == '' then return 0 end
arm('room:' .. ARGV[3], now + SETTINGS.claim_room_ms)
return 1
