-- Shared: how entries get into the outbox.
--- @include "pool"
--- @include "settings"
--- @defer "lanes_add"

-- `text`: the entry as JSON.
local function outbox_add(kind, text)
  if SETTINGS.outbox_lanes > 1 then return lanes_add(kind, text) end
  redis.call('XADD', OUTBOX, '*', 'kind', kind, 'entry', text)
end
