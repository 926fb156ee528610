-- Shared: flags in the deadline of a relay, its lease. A deadline is whole milliseconds; the
-- fraction of its score is a flag.

-- DEAD: no lease but a retry. The relay is dead, and its rooms wait for another relay. SPARED: a
-- pause does not extend this deadline (again): it was extended once, or the relay gave its lease
-- up.
local DEAD, SPARED = 0.25, 0.5
