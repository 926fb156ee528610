-- Shared: how a player leaves a room.
--- @include "gathering"
--- @include "gathering_close"
--- @include "group_gather"
--- @include "keys"
--- @include "members"
--- @include "rematch"
--- @include "room"
--- @include "room_dispose"
--- @include "room_messages"
--- @include "seated"
--- @include "settle"

-- Removes one player from their room. The caller has changed the player's record. Returns the inbox messages for the
-- caller's outbox entry, and a function that notifies the other players after that entry is written. A room that a
-- player made stays when it becomes empty, unless `closes`.
local function unseat(player, record, closes)
  local room, inbox = record.room, {}
  local meta = room_read(room)
  redis.call('SREM', key('rooms', room), player)
  if not meta then return inbox, function() end end
  if meta.state == 'started' then
    inbox[1] = { relay = meta.relay, kind = 'left', room = room, epoch = meta.epoch, player = player }
  end
  local is_empty = seated(room) == 0
  if meta.state == 'gathering' then
    return inbox, function()
      if is_empty and closes then return gathering_close(room, meta) end
      gathering_settle('room_updated', room, meta, gathered(room))
    end
  end
  if is_empty then
    if meta.state == 'started' then inbox[2] = { relay = meta.relay, kind = 'moved', room = room, epoch = meta.epoch } end
    rematch_keep(room, meta)
    room_dispose(room, meta)
    return inbox, function() end
  end
  if meta.state == 'open' and meta.groups then group_left(room, meta, player) end
  return inbox, function()
    if meta.state ~= 'open' then return end
    local list = members(room)
    emit_room('room_updated', room, meta, list)
    settle(room, meta, list)
  end
end
