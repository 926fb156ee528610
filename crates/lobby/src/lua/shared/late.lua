-- Shared: late joins. A running match is listed in rooms:late while its relay offers seats of it. The score is the
-- number of these seats. The room's record has the seat numbers in `free`: '2,5'.
--- @include "keys"

local LATE = key('rooms', 'late')

local function late_withdraw(room, meta)
  if not meta.free then return end
  redis.call('HDEL', key('room', room), 'free')
  redis.call('ZREM', LATE, room)
  meta.free = nil
end

-- `seats`: seat numbers, as text. They replace the earlier offer.
local function late_offer(room, meta, seats)
  if #seats == 0 then return late_withdraw(room, meta) end
  meta.free = table.concat(seats, ',')
  redis.call('HSET', key('room', room), 'free', meta.free)
  redis.call('ZADD', LATE, #seats, room)
end
