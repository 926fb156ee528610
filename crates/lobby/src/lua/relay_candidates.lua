#!lua flags=allow-oom
-- relay_candidates: relays with a live lease that take rooms: some at random and those with the most free rooms, so
-- that calls at the same time do not all choose the same ones. From then on, each of them may own rooms of the pool.
-- KEYS[1..5] the fleet's. ARGV: 1 clock, 2 pool, 3 how many at most.
-- Returns JSON: [{id, url, rooms, capacity}].
--- @include "clock"
--- @include "fleet"
--- @include "lease_flags"
local most = tonumber(ARGV[3])
local list, is_known = {}, {}

-- Adds the live ones until there are `size` candidates.
local function add_live(relays, size)
  if #relays == 0 then return end
  local leases = redis.call('ZMSCORE', LEASES, unpack(relays))
  local infos = redis.call('HMGET', INFO, unpack(relays))
  for i, relay in ipairs(relays) do
    local lease = tonumber(leases[i] or nil)
    local is_leased = lease and lease > now and lease % 1 ~= DEAD and infos[i]
    if is_leased and not is_known[relay] and #list < size then
      is_known[relay] = true
      list[#list + 1] = infos[i]
      redis.call('SADD', pools_of(relay), ARGV[2])
    end
  end
end

if redis.call('ZCARD', INDEX) > most then add_live(redis.call('ZRANDMEMBER', INDEX, most), most / 2) end
add_live(redis.call('ZREVRANGE', INDEX, 0, most - 1), most)
return '[' .. table.concat(list, ',') .. ']'
