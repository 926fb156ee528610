-- Shared: whether matches of the pool are filled with bots.
--- @include "settings"

-- How many players a match has at least, with its bots; nil in a pool without bots.
local has_bots = string.find(ARGV[2], '"fill_to":', 1, true)
local function fill_to() return has_bots and SETTINGS.fill_to end

-- With how many players in it a room may start.
local function start_min()
  return fill_to() and 1 or SETTINGS.seats_min
end
