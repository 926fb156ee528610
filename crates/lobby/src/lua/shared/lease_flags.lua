-- Shared: flags in a deadline and in the end of a relay's lease. A deadline is whole milliseconds; the
-- fraction of its score is a flag.

-- DEAD: the lease ran out, and the relay was taken out of the index. SPARED: a pause does not extend this
-- deadline (again): it was extended once, or the relay gave its lease up.
local DEAD, SPARED = 0.25, 0.5
