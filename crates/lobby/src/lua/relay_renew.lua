#!lua flags=allow-oom
-- relay_renew: renews a relay's lease and its place in the index. A run whose boot nonce differs from the registered
-- one is registered only after it has taken over the rooms of the earlier run (relay_takeover). An earlier run is
-- refused while a newer one lives, and may return when that one is dead.
-- KEYS[1..5] the fleet's.
-- ARGV: 1 clock, 2 the lease in ms, 3 relay, 4 its boot nonce, 5 how many more rooms it takes, 6 the data of a
--   candidate, as JSON, 7 '1' if this run has taken over, 8 how many earlier runs are remembered, 9 how long after
--   the end of its lease a run is dead (ms), 10 its region or '', 11 the most regions, 12 for a watch-only relay, how
--   many more watchers it takes, else ''.
-- Returns renewed | new: this run must take over first, and nothing was written | replaced: a newer run is
--   registered, and nothing was written | regions: the fleet already has the most regions, and nothing was written.
--- @include "clock"
--- @include "fleet"
--- @include "whole"
local relay, boot, free, region = ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[10]
if region ~= '' and redis.call('HEXISTS', REGIONS, region) == 0 and redis.call('HLEN', REGIONS) >= tonumber(ARGV[11]) then
  return 'regions'
end
local runs = redis.call('HGET', RUNS, relay) or ''
local current = string.match(runs, '^%S*')
if current ~= boot then
  local at, known = tonumber(redis.call('ZSCORE', LEASES, relay) or nil), {}
  local is_alive = at and now - at <= tonumber(ARGV[9])
  for run in string.gmatch(runs, '%S+') do
    if run == boot and is_alive then return 'replaced' end
    if run ~= boot and #known < tonumber(ARGV[8]) then known[#known + 1] = run end
  end
  if ARGV[7] ~= '1' then return 'new' end
  redis.call('HSET', RUNS, relay, boot .. ' ' .. table.concat(known, ' '))
  -- The earlier run may have had another region, or served only watchers.
  redis.call('ZREM', index_of(region_of(relay)), relay)
  redis.call('ZREM', WATCH, relay)
end
redis.call('ZADD', LEASES, whole(now + tonumber(ARGV[2])), relay)
redis.call('HSET', INFO, relay, ARGV[6])
local index = index_of(region)
if free > 0 then redis.call('ZADD', index, ARGV[5], relay) else redis.call('ZREM', index, relay) end
if ARGV[12] == '0' then
  redis.call('ZREM', WATCH, relay)
elseif ARGV[12] ~= '' then
  redis.call('ZADD', WATCH, ARGV[12], relay)
end
if region ~= '' then redis.call('HSET', REGIONS, region, whole(now) .. ' ' .. relay) end
return 'renewed'
