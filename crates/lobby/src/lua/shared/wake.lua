-- Shared: the event that wakes the bridge.
--- @include "pool"

-- Marks that the queue has work: one event per change from clean to dirty, regardless of how many players join.
local function wake()
  if redis.call('SET', DIRTY, '1', 'NX', 'PX', 1000) then
    redis.call('XADD', EVENTS, 'MAXLEN', '~', 256, '*', 'kind', 'queue')
  end
end
