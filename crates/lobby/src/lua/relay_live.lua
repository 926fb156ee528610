#!lua flags=no-writes
-- relay_live: whether this relay has a live lease.
-- KEYS[1..5] the fleet's. ARGV: 1 clock, 2 relay.
-- Returns {1 or 0, when that was so (ms)}.
--- @include "clock"
--- @include "fleet"
--- @include "lease_flags"
local lease = tonumber(redis.call('ZSCORE', LEASES, ARGV[2]) or nil)
local is_live = lease and lease > now and lease % 1 ~= DEAD
return { is_live and 1 or 0, now }
