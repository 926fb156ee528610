#!lua flags=no-writes
-- relays_live: which of these relays have a live lease.
-- KEYS[1..5] the fleet's. ARGV: 1 clock, 2.. relays.
-- Returns a list of them.
--- @include "clock"
--- @include "fleet"
--- @include "lease_flags"
local live = {}
for i = 2, #ARGV do
  local lease = tonumber(redis.call('ZSCORE', LEASES, ARGV[i]) or nil)
  if lease and lease > now and lease % 1 ~= DEAD then live[#live + 1] = ARGV[i] end
end
return live
