-- Shared: whether matches of the pool are played by teams.
--- @include "settings"

-- How many teams; nil in a pool without teams. Most pools have none, and a plain search is cheaper than
-- SETTINGS.
local function team_count()
  return string.find(ARGV[2], '"team_count":', 1, true) and SETTINGS.team_count
end
