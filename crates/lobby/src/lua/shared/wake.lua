-- Shared: the event that wakes the bridge.
--- @include "pool"

-- The queue has work: one event per change from clean to dirty, however many players join.
local function wake()
  if redis.call('SET', DIRTY, '1', 'NX', 'PX', 1000) then
    redis.call('XADD', EVENTS, 'MAXLEN', '~', 256, '*', 'kind', 'queue')
  end
end
