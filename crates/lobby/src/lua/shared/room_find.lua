-- Shared: the search for an open room.
--- @include "pool"
--- @include "room"
--- @include "seated"
--- @include "settings"

-- The fullest listed room with this number of free seats. A wrong listing is removed, so that it does not block
-- others.
local function room_find(seats, except)
  local most = SETTINGS.seats_max - seats
  for _, room in ipairs(redis.call('ZREVRANGEBYSCORE', AVAILABLE, most, '-inf', 'LIMIT', 0, 10)) do
    if room ~= except then
      local meta = room_read(room)
      if meta and meta.state == 'open' and meta.waiting == 0 and seated(room) <= most then return room, meta end
      redis.call('ZREM', AVAILABLE, room)
    end
  end
  return nil
end
