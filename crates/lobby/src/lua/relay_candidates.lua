#!lua flags=allow-oom
-- relay_candidates: relays with a live lease that take rooms. In a large fleet, half are those with the most free
-- rooms, and the others follow each other at a random place of the index, so that calls at the same time do not all
-- choose the same ones. From then on, each of them may own rooms of the pool.
-- KEYS[1..5] the fleet's. ARGV: 1 clock, 2 pool, 3 how many at most, 4 a random number.
-- Returns JSON: [{id, url, rooms, capacity}].
--- @include "clock"
--- @include "fleet"
--- @include "lease_flags"
local most, size = tonumber(ARGV[3]), redis.call('ZCARD', INDEX)
local relays
if size <= most then
  relays = redis.call('ZREVRANGE', INDEX, '0', '-1')
else
  local half = most / 2
  relays = redis.call('ZREVRANGE', INDEX, '0', half - 1)
  local from = half + tonumber(ARGV[4]) % (size - most + 1)
  for _, relay in ipairs(redis.call('ZREVRANGE', INDEX, from, from + half - 1)) do relays[#relays + 1] = relay end
end
if #relays == 0 then return '[]' end
local leases = redis.call('ZMSCORE', LEASES, unpack(relays))
local infos = redis.call('HMGET', INFO, unpack(relays))
local list = {}
for i, relay in ipairs(relays) do
  local lease = tonumber(leases[i] or nil)
  if lease and lease > now and lease % 1 ~= DEAD and infos[i] then
    list[#list + 1] = infos[i]
    redis.call('SADD', pools_of(relay), ARGV[2])
  end
end
return '[' .. table.concat(list, ',') .. ']'
