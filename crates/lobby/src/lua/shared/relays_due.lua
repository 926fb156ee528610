-- Shared: relays whose lease ran out, in the deadlines of a pool.
--- @include "clock"
--- @include "keys"
--- @include "pool"

-- ARGV[first].. are the relays. A relay that owns rooms of this pool is due now, or when its rooms are tried again.
-- Returns the relays that own none.
local function relays_due(first)
  local without = {}
  for i = first, #ARGV do
    local relay = ARGV[i]
    if redis.call('EXISTS', key('relay', relay)) == 1 then
      redis.call('ZADD', DEADLINES, 'NX', now, 'relay:' .. relay)
    else
      without[#without + 1] = relay
    end
  end
  return without
end
