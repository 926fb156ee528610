-- Shared: how a seat is written into a player's record.
--- @include "keys"
--- @include "whole"

-- In an open room the epoch is 0.
local function seat_save(member, room, state, epoch)
  redis.call('HSET', key('player', member.id), 'state', state, 'room', room, 'colors', member.colors,
    'seat', whole(member.seat), 'epoch', whole(epoch), unpack(member.order and { 'order', member.order } or {}))
  member.is_unsaved = nil
end

local function seats_save(room, list)
  for _, member in ipairs(list) do
    if member.is_unsaved then seat_save(member, room, 'seated', 0) end
  end
end
