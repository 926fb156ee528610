#!lua flags=no-writes
-- match_pick: a room whose match is running, picked at random.
-- KEYS[1..6] the pool's. ARGV: 1 clock, 2 settings, 3 how many deadlines to read. Each room has a deadline.
-- Returns the room, or '': none of these deadlines is that of a running match.
--- @include "keys"
--- @include "pool"
for _, name in ipairs(redis.call('ZRANDMEMBER', DEADLINES, ARGV[3])) do
  local room = string.match(name, '^room:(.+)$')
  if room and redis.call('HGET', key('room', room), 'state') == 'started' then return room end
end
return ''
