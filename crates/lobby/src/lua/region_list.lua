#!lua flags=no-writes
-- region_list: a live relay of each region.
-- KEYS[1..5] the fleet's. ARGV: 1 clock.
-- Returns [region, the relay's url, region, ...].
--- @include "clock"
--- @include "fleet"
--- @include "lease_flags"
local list, regions = {}, redis.call('HGETALL', REGIONS)
for i = 1, #regions, 2 do
  local relay = string.match(regions[i + 1], ' (.*)$')
  local lease, info = tonumber(redis.call('ZSCORE', LEASES, relay) or nil), redis.call('HGET', INFO, relay)
  if lease and lease > now and lease % 1 ~= DEAD and info then
    list[#list + 1], list[#list + 2] = regions[i], cjson.decode(info).url
  end
end
return list
