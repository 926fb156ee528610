#!lua flags=allow-oom
-- relays_forget: removes this pool from relays that own no rooms of it, and that died so long ago that no function
-- can still give them a room.
-- KEYS[1..5] the fleet's. ARGV: 1 clock, 2 pool, 3 how long a dead relay is kept (ms), 4.. relays.
-- Returns how many the pool forgot.
--- @include "clock"
--- @include "fleet"
local forgotten = 0
for i = 4, #ARGV do
  local at = tonumber(redis.call('ZSCORE', LEASES, ARGV[i]) or nil)
  if at and now - at >= tonumber(ARGV[3]) then
    forgotten = forgotten + redis.call('SREM', pools_of(ARGV[i]), ARGV[2])
  end
end
return forgotten
