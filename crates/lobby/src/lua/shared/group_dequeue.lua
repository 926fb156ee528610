-- Shared: how a group leaves the queue.
--- @include "group"
--- @include "keys"
--- @include "pool"

-- Takes the group out of the queue.
local function group_dequeue(room, meta)
  if not meta.queued then return end
  redis.call('ZREM', QUEUE, group_entry(room))
  redis.call('HDEL', key('room', room), 'queued')
  meta.queued = nil
end
