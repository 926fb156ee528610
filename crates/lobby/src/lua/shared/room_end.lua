-- Shared: how a match ends.
--- @include "emit"
--- @include "members"
--- @include "player_exit"
--- @include "rematch"
--- @include "room_dispose"

-- Removes the players, with a tombstone, and notifies them. `message` nil: `removed` with the reason.
local function room_end(room, meta, reason, message, inbox)
  local to, release = {}, {}
  for _, member in ipairs(members(room)) do
    if member.record.room == room then
      to[#to + 1] = member.id
      release[#release + 1] = player_bury(member.id, member.record, reason)
    end
  end
  rematch_keep(room, meta)
  room_dispose(room, meta)
  local tell = {}
  if #to > 0 then tell[1] = { to = to, message = message or { type = 'removed', reason = reason, room_id = room } } end
  emit(reason, { room = room, tell = tell, release = release, inbox = inbox or {} })
end
