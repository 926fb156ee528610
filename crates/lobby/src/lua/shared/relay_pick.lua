-- Shared: the choice of a relay.
--- @include "keys"

-- The candidate with the most free capacity; the caller read the candidates: {id, url, rooms, capacity, region?,
-- taken, owned}. Rooms that this pool gave it count, even if it has not reported them yet. A candidate that cannot be
-- better than the best one so far is skipped. `rank`: numbers of regions; a relay whose region has a smaller number
-- is preferred. A region without a number is last. `most_rank`: excludes relays whose region has a greater number.
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
