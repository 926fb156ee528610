-- Shared: how a player leaves a room.
--- @include "keys"
--- @include "members"
--- @include "room"
--- @include "room_dispose"
--- @include "room_messages"
--- @include "seated"
--- @include "settle"

-- Removes one player from their room. The caller has changed the player's record. Returns the inbox
-- messages for the caller's outbox entry, and a function that notifies the other players after that
-- entry is written.
local function unseat(player, record)
  local room, inbox = record.room, {}
  local meta = room_read(room)
  redis.call('SREM', key('rooms', room), player)
  if not meta then return inbox, function() end end
  if meta.state == 'started' then
    inbox[1] = { relay = meta.relay, kind = 'left', room = room, epoch = meta.epoch, player = player }
  end
  if seated(room) == 0 then
    if meta.state == 'started' then inbox[2] = { relay = meta.relay, kind = 'moved', room = room, epoch = meta.epoch } end
    room_dispose(room, meta)
    return inbox, function() end
  end
  return inbox, function()
    if meta.state ~= 'open' then return end
    local list = members(room)
    emit_room('room_updated', room, meta, list)
    settle(room, meta, list)
  end
end
