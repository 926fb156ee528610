-- Shared: whether the pool's matches have teams.
--- @include "settings"

-- The number of teams; nil in a pool without teams.
local has_teams = string.find(ARGV[2], '"team_count":', 1, true)
local function team_count() return has_teams and SETTINGS.team_count end
