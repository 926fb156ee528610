-- Shared: the end of a deadline.
--- @include "clock"
--- @include "deadlines"
--- @include "pool"

local function disarm(member)
  redis.call('ZREM', DEADLINES, member)
  redis.call('DEL', shadow(member))
end

-- A member without a deadline counts as overdue: it needs a repair.
local function is_overdue(member)
  local at = redis.call('ZSCORE', DEADLINES, member)
  return not at or tonumber(at) <= now
end
