#!lua
-- touch: records a sign of life of a player.
-- KEYS[1..6] the pool's; KEYS[7] player:<player>; KEYS[8] its shadow. ARGV: 1 clock, 2 settings, 3
--   player.
-- Returns 1, or 0 if the player is out.
--- @include "player"
--- @include "player_alive"
local record = player_read(ARGV[3])
if not is_live(record) then return 0 end
player_alive(ARGV[3], record)
return 1
