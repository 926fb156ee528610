-- Shared: the choice of a relay.
--- @include "clock"
--- @include "keys"
--- @include "lease_flags"
--- @include "pool"

-- The live relay with the most free capacity of the caller's list: {id, url, rooms, capacity,
-- taken}. Rooms that this pool gave it count, even if it has not reported them yet. A relay whose
-- lease ran out is dead, although its registration lasts longer.
local function relay_pick(relays)
  local best, most = nil, 0
  for _, relay in ipairs(relays) do
    if not relay.taken then
      local lease = tonumber(redis.call('ZSCORE', DEADLINES, 'relay:' .. relay.id) or '')
      relay.is_live = lease and lease > now and lease % 1 ~= DEAD
      relay.taken, relay.owned = 0, redis.call('SCARD', key('relay', relay.id))
    end
    local free = relay.capacity - math.max(relay.rooms, relay.owned) - relay.taken
    if relay.is_live and free > most then best, most = relay, free end
  end
  if best then best.taken = best.taken + 1 end
  return best
end
