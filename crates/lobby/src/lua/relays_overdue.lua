#!lua flags=allow-oom
-- relays_overdue: the relays whose lease ran out and that may own rooms of this pool. They are no longer candidates.
-- Forgets relays without a pool, and regions without a relay. Records that the leases were checked
-- (shared/leases_check.lua).
-- KEYS[1..5] the fleet's.
-- ARGV: 1 clock, 2 a lease in ms, 3 pool, 4 poll_gap_max_ms, 5 how long a dead relay is kept (ms), 6 the same for a
--   relay whose rooms a pool has not yet given to others.
-- Returns {the relays, those of them that the pool may forget if they own no rooms of it}.
--- @include "clock"
--- @include "fleet"
--- @include "lease_flags"
--- @include "leases_check"
leases_check(tonumber(ARGV[2]), tonumber(ARGV[4]))
local overdue, old, forgets = {}, {}, false
local found = redis.call('ZRANGEBYSCORE', LEASES, '-inf', now, 'WITHSCORES')
for i = 1, #found, 2 do
  local relay, at = found[i], tonumber(found[i + 1])
  if at % 1 ~= DEAD then
    redis.call('ZREM', index_of(region_of(relay)), relay)
    redis.call('ZREM', WATCH, relay)
    redis.call('ZADD', LEASES, math.floor(at) + DEAD, relay)
  end
  local is_old, is_gone = now - at >= tonumber(ARGV[5]), now - at >= tonumber(ARGV[6])
  if redis.call('SISMEMBER', pools_of(relay), ARGV[3]) == 1 and not is_gone then
    overdue[#overdue + 1] = relay
    if is_old then old[#old + 1] = relay end
  elseif is_gone or is_old and redis.call('EXISTS', pools_of(relay)) == 0 then
    redis.call('ZREM', LEASES, relay)
    redis.call('HDEL', INFO, relay)
    redis.call('HDEL', RUNS, relay)
    redis.call('DEL', pools_of(relay))
    forgets = true
  end
end
local regions = forgets and redis.call('HGETALL', REGIONS) or {}
for i = 1, #regions, 2 do
  local at = tonumber(string.match(regions[i + 1], '^%d+'))
  if now - at >= tonumber(ARGV[5]) then redis.call('HDEL', REGIONS, regions[i]) end
end
return { overdue, old }
