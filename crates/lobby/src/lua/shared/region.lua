-- Shared: the choice of a relay by its region. The latency of a region is the greatest one among the room's players.
-- A player who has not measured a region does not count for it.
--- @include "clock"
--- @include "keys"
--- @include "relay_pick"

-- A room waits this long for a relay of the best region.
local REGION_WAIT_MS = 2000

-- The regions of the candidates as a set; false if none of them has a region.
local function regions_of(relays)
  if relays.regions == nil then
    relays.regions = false
    for _, relay in ipairs(relays) do
      if relay.region then
        relays.regions = relays.regions or {}
        relays.regions[relay.region] = true
      end
    end
  end
  return relays.regions
end

-- The latency of each region that a player of `list` has measured.
local function latencies_of(regions, list)
  local worst = {}
  for i = 1, #list do
    local text = redis.call('HGET', key('player', list[i].id), 'latencies')
    for region, ms in string.gmatch(text or '', '([^=,]+)=(%d+)') do
      if regions[region] then worst[region] = math.max(worst[region] or 0, tonumber(ms)) end
    end
  end
  return worst
end

-- A relay for a starting room. nil: there is none, or the room waits for a relay of the best region.
local function relay_for_start(relays, meta, list)
  local regions = regions_of(relays)
  if not regions then return relay_pick(relays) end
  local worst, least = latencies_of(regions, list), math.huge
  for _, ms in pairs(worst) do least = math.min(least, ms) end
  -- Absolute, because the clock may have changed.
  local has_waited = meta.waiting > 0 and math.abs(now - meta.waiting) >= REGION_WAIT_MS
  local relay = relay_pick(relays, worst, has_waited and math.huge or least)
  meta.worst_ms = relay and worst[relay.region]
  return relay
end

-- A relay for a match that must not wait: of its own region, or else of the best region that has one.
local function relay_for_move(relays, meta, list)
  local regions = regions_of(relays)
  if not regions then return relay_pick(relays) end
  local worst, rank = latencies_of(regions, list), {}
  for region, ms in pairs(worst) do rank[region] = ms end
  if meta.region then rank[meta.region] = -1 end
  local relay = relay_pick(relays, rank)
  meta.worst_ms = relay and worst[relay.region]
  return relay
end
