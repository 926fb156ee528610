-- Shared: whether the pool has late joins.
--- @include "settings"

-- How long after its start a match takes late players, in ms; nil in a pool without late joins. Most pools have none,
-- and a plain search is cheaper than SETTINGS.
local function late_ms()
  return string.find(ARGV[2], '"until_s":', 1, true) and SETTINGS.until_s * 1000
end
