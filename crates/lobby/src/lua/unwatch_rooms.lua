#!lua flags=allow-oom
-- unwatch_rooms: ends a lobby socket's watch of the pool's list of rooms.
-- KEYS[1..6] the pool's; KEYS[7] listed:watchers; KEYS[8] watcher:<connection>.
-- ARGV: 1 clock, 2 settings, 3 connection.
redis.call('ZREM', KEYS[7], ARGV[3])
redis.call('DEL', KEYS[8])
