#!lua flags=no-writes
-- lanes: the lanes of the outbox that have entries and that no function is delivering.
-- KEYS[1..6] the pool's. ARGV: 1 clock, 2 settings, 3 how many lanes to check.
-- Returns their numbers.
--- @include "lanes_due"
return lanes_due(tonumber(ARGV[3]))
