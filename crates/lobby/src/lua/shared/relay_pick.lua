-- Shared: the choice of a relay.
--- @include "keys"

-- The relay with the most free capacity of the candidates, which the caller read: {id, url, rooms, capacity,
-- taken, owned}. Rooms that this pool gave it count, even if it has not reported them yet. A candidate that
-- cannot be better than the best one is not looked at.
local function relay_pick(relays)
  local best, most = nil, 0
  for _, relay in ipairs(relays) do
    local taken = relay.taken or 0
    if relay.capacity - relay.rooms - taken > most then
      relay.owned = relay.owned or redis.call('SCARD', key('relay', relay.id))
      local free = relay.capacity - math.max(relay.rooms, relay.owned) - taken
      if free > most then best, most = relay, free end
    end
  end
  if best then best.taken = (best.taken or 0) + 1 end
  return best
end

-- How many rooms each candidate got.
local function relays_given(relays)
  local given = {}
  for _, relay in ipairs(relays) do given[relay.id] = relay.taken end
  return given
end
