-- Shared: whether matches of the pool are filled with bots.
--- @include "settings"

-- The least number of players in a match, bots included; nil in a pool without bots.
local has_bots = string.find(ARGV[2], '"fill_to":', 1, true)
local function fill_to() return has_bots and SETTINGS.fill_to end

-- The least number of players with which a room may start.
local function start_min()
  return fill_to() and 1 or SETTINGS.seats_min
end
