-- Shared: the index of open rooms.
--- @include "pool"
--- @include "settings"

-- A room is listed while it is open, has a free seat and does not wait for a relay.
local function relist(room, meta, count)
  if meta.state == 'open' and meta.waiting == 0 and count > 0 and count < SETTINGS.seats_max then
    redis.call('ZADD', AVAILABLE, count, room)
  elseif not meta.is_new then
    redis.call('ZREM', AVAILABLE, room)
  end
end
