#!lua
-- relays_repair: adds the pool to the pools of relays that own rooms of it.
-- KEYS[1..5] the fleet's. ARGV: 1 clock, 2 pool, 3.. relays.
-- Returns {how many did not have it, relays without any lease}.
--- @include "fleet"
local repaired, unknown = 0, {}
for i = 3, #ARGV do
  local relay = ARGV[i]
  if redis.call('ZSCORE', LEASES, relay) then
    repaired = repaired + redis.call('SADD', pools_of(relay), ARGV[2])
  else
    unknown[#unknown + 1] = relay
  end
end
return { repaired, unknown }
