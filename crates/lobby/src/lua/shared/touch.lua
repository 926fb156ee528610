-- Shared: the deadline of a player.
--- @include "clock"
--- @include "deadlines"
--- @include "settings"

-- A sign of life.
local function player_touch(player)
  arm('player:' .. player, now + SETTINGS.player_ttl_ms)
end
