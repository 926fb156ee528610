-- Shared: how a player joins a room that another player made.
--- @include "entry"
--- @include "gathering"
--- @include "player"
--- @include "room_is_full"

local function entry_join(kind, record, room, meta)
  local function refused(why, watch) return entry_answer({ kind = why, watch = watch }, is_live(record)) end
  if string.find(meta.kicked, PLAYER, 1, true) then return refused('kicked') end
  if meta.state ~= 'gathering' then return refused('started', meta.state == 'started' and room or nil) end
  local list = gathered(room)
  if room_is_full(meta, #list) then return refused('full') end
  return entry_seat(kind, record, room, meta, list)
end
