#!lua
-- touch: a sign of life.
-- KEYS[1..6] the pool's; KEYS[7] player:<player>; KEYS[8] its shadow. ARGV: 1 clock, 2 settings, 3 player.
-- Returns 1, or 0 when the player is out.
if not is_live(player_read(ARGV[3])) then return 0 end
player_touch(ARGV[3])
return 1
