-- Shared: how large a group may be.
--- @include "settings"
--- @include "team_count"

-- The most players of a group: they are all in one team, and every other team needs a player.
local function group_most()
  if not team_count() then return SETTINGS.seats_max end
  return math.min(SETTINGS.team_size, SETTINGS.seats_max - SETTINGS.team_count + 1)
end
