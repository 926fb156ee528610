-- Shared: the room that a code names.
--- @include "keys"
--- @include "room"

-- The room with this code, and its record; nil if there is none. `room`: the room that the code names. While a
-- rematch begins, that is still the room of the previous match.
local function room_by_code(room, code)
  local meta = room_read(room)
  if not meta then
    room = redis.call('HGET', key('rematch', room), 'next') or room
    meta = room_read(room)
  end
  if not meta or meta.code ~= code then return nil end
  return room, meta
end
