#!lua flags=allow-oom
-- watch_sent: stores what a list watcher has received. If the watcher has changed its query since this turn, only the
-- time of the next message is stored.
-- KEYS[1..6] the pool's; KEYS[7] listed:watchers; KEYS[8] watcher:<connection>.
-- ARGV: 1 clock, 2 settings, 3 connection, 4 turn, 5 the list's version, 6 sent, 7 how long to the next
--   message in ms.
--- @include "clock"
local turn = redis.call('HGET', KEYS[8], 'turn')
if not turn then return end
redis.call('HSET', KEYS[8], 'next_at', now + tonumber(ARGV[7]))
if turn ~= ARGV[4] then return end
redis.call('HSET', KEYS[8], 'sent', ARGV[6])
redis.call('ZADD', KEYS[7], 'XX', ARGV[5], ARGV[3])
