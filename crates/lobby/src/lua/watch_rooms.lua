#!lua
-- watch_rooms: starts a lobby socket's watch of the pool's list of rooms, or changes its query.
-- KEYS[1..6] the pool's; KEYS[7] listed:watchers; KEYS[8] watcher:<connection>.
-- ARGV: 1 clock, 2 settings, 3 connection, 4 query as JSON, 5 how many watchers a pool has at most, 6 TTL
--   in ms.
-- Returns 1, or 0 if there are too many watchers.
local connection = ARGV[3]
if not redis.call('ZSCORE', KEYS[7], connection) and redis.call('ZCARD', KEYS[7]) >= tonumber(ARGV[5]) then return 0 end
redis.call('ZADD', KEYS[7], -1, connection)
redis.call('HSET', KEYS[8], 'query', ARGV[4], 'sent', '')
redis.call('HINCRBY', KEYS[8], 'turn', 1)
redis.call('PEXPIRE', KEYS[8], ARGV[6])
return 1
