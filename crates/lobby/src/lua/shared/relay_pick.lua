-- Shared: the choice of a relay.
--- @include "keys"

-- The relay with the most free capacity of the candidates, which the caller read: {id, url, rooms, capacity, region?,
-- taken, owned}. Rooms that this pool gave it count, even if it has not reported them yet. A candidate that
-- cannot be better than the best one is not looked at.
-- `rank`: numbers of regions; a relay whose region has a smaller number is better. Without a number a region is last.
-- `most_rank`: no relay whose region has a greater one.
local function relay_pick(relays, rank, most_rank)
  local best, most, least = nil, 0, most_rank or math.huge
  for _, relay in ipairs(relays) do
    local taken, at = relay.taken or 0, rank and rank[relay.region] or math.huge
    local above = at < least and 0 or most
    if at <= least and relay.capacity - relay.rooms - taken > above then
      relay.owned = relay.owned or redis.call('SCARD', key('relay', relay.id))
      local free = relay.capacity - math.max(relay.rooms, relay.owned) - taken
      if free > above then best, most, least = relay, free, at end
    end
  end
  if best then best.taken = (best.taken or 0) + 1 end
  return best
end

-- How many rooms each candidate got: {relay = {rooms, region?}}.
local function relays_given(relays)
  local given = {}
  for _, relay in ipairs(relays) do
    if relay.taken then given[relay.id] = { rooms = relay.taken, region = relay.region } end
  end
  return given
end
