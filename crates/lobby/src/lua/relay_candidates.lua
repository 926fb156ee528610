#!lua flags=allow-oom
-- relay_candidates: relays with a live lease that take rooms, the same number for each region. In a large fleet, half
-- of them are those with the most free rooms. The others are consecutive, from a random place in the index, so that
-- simultaneous calls do not all choose the same relays. The call marks each of them as a possible owner of rooms of
-- the pool.
-- KEYS[1..5] the fleet's. ARGV: 1 clock, 2 pool, 3 how many at most, 4 a random number.
-- Returns JSON: [{id, url, webtransport?, rooms, capacity, region?}]. A region without such a relay has an entry
--   without an id, with rooms and capacity 0.
--- @include "clock"
--- @include "fleet"
--- @include "lease_flags"
local relays, regions = {}, redis.call('HKEYS', REGIONS)

local function read(index, from, count)
  if count == 0 then return end
  for _, relay in ipairs(redis.call('ZREVRANGE', index, from, from + count - 1)) do relays[#relays + 1] = relay end
end

local function read_some(index, most)
  local size = redis.call('ZCARD', index)
  local freest = size <= most and size or math.ceil(most / 2)
  local others = math.min(size, most) - freest
  read(index, 0, freest)
  read(index, freest + tonumber(ARGV[4]) % (size - freest - others + 1), others)
end

local share = tonumber(ARGV[3])
if #regions > 0 then share = math.floor(share / (#regions + redis.call('EXISTS', INDEX))) end
read_some(INDEX, share)
for _, region in ipairs(regions) do read_some(index_of(region), share) end

local list, is_served = {}, {}
local leases = #relays > 0 and redis.call('ZMSCORE', LEASES, unpack(relays))
local infos = #relays > 0 and redis.call('HMGET', INFO, unpack(relays))
for i, relay in ipairs(relays) do
  local lease = tonumber(leases[i] or nil)
  if lease and lease > now and lease % 1 ~= DEAD and infos[i] then
    list[#list + 1] = infos[i]
    if #regions > 0 then is_served[region_in(infos[i])] = true end
    redis.call('SADD', pools_of(relay), ARGV[2])
  end
end
for _, region in ipairs(regions) do
  if not is_served[region] then list[#list + 1] = '{"rooms":0,"capacity":0,"region":"' .. region .. '"}' end
end
return '[' .. table.concat(list, ',') .. ']'
