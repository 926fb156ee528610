-- Shared: how large a group may be.
--- @include "settings"
--- @include "team_count"

-- The most players of a group: all of them are in one team, and others are in each other team.
local function group_most()
  if not team_count() then return SETTINGS.seats_max end
  return math.min(SETTINGS.team_size, SETTINGS.seats_max - SETTINGS.team_count + 1)
end
