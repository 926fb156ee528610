-- Shared: how a room ends.
--- @include "disarm"
--- @include "keys"
--- @include "late"
--- @include "listed"
--- @include "pool"

-- Deletes everything of the room except the replay of a match that ended well. The caller notifies.
local function room_dispose(room, meta)
  late_withdraw(room, meta)
  redis.call('DEL', key('room', room), key('rooms', room), key('projectile', room), key('checkpoint', room))
  if not meta.keeps_replay then redis.call('DEL', key('replay', room)) end
  redis.call('ZREM', AVAILABLE, room)
  if meta.visibility == 'listed' and meta.state == 'gathering' then listed_write(room, '') end
  if meta.relay and meta.relay ~= '' then redis.call('SREM', key('relay', meta.relay), room) end
  disarm('room:' .. room)
end
