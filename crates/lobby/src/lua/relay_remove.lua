#!lua flags=allow-oom
-- relay_remove: a relay that stops releases its lease, unless a newer run of it is registered.
-- KEYS[1..5] the fleet's. ARGV: 1 clock, 2 relay, 3 its boot nonce.
-- Returns 1 if the relay was removed, else 0.
--- @include "clock"
--- @include "fleet"
--- @include "lease_flags"
local relay, is_first = ARGV[2], true
for run in string.gmatch(redis.call('HGET', RUNS, relay) or '', '%S+') do
  if run == ARGV[3] and not is_first then return 0 end
  is_first = false
end
redis.call('ZADD', LEASES, 'XX', now - 1 + SPARED, relay)
redis.call('ZREM', index_of(region_of(relay)), relay)
redis.call('ZREM', WATCH, relay)
redis.call('HDEL', INFO, relay)
redis.call('HDEL', RUNS, relay)
return 1
