-- Shared: how many players are in a room.
--- @include "keys"

local function seated(room)
  return redis.call('SCARD', key('rooms', room))
end
