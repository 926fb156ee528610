-- Shared: pools that an operator closed. {pool}:closed has the reason.
--- @include "pool"

-- The refusal of a player who is not in the pool yet; nil if the pool is open.
local function pool_closed()
  local reason = redis.call('GET', TAG .. 'closed')
  return reason and { kind = 'closed', reason = reason } or nil
end
