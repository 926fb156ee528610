#!lua flags=allow-oom
-- settings_change: replaces the overrides of a pool's settings, unless any pool's were changed since they were read.
-- KEYS[1] {relays}:settings. ARGV: 1 the pool, 2 the version that was read, 3 the overrides as JSON, or '' for none.
-- Returns the version now, and, unless it was another version than the one that was read, the pool's overrides
-- before, '' for none. The same version again: the pool has these overrides already.
local version, field = tonumber(redis.call('HGET', KEYS[1], 'version') or 0), 'pool:' .. ARGV[1]
if version ~= tonumber(ARGV[2]) then return { version } end
local before = redis.call('HGET', KEYS[1], field) or ''
if before == ARGV[3] then return { version, before } end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], field)
else
  redis.call('HSET', KEYS[1], field, ARGV[3])
end
return { redis.call('HINCRBY', KEYS[1], 'version', 1), before }
