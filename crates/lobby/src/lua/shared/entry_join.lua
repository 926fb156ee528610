-- Shared: how a player joins a room that another player made.
--- @include "entry"
--- @include "gathering"
--- @include "player"
--- @include "room_is_full"

local function entry_join(kind, record, room, meta)
  local function refused(why) return entry_answer({ kind = why }, is_live(record)) end
  if string.find(meta.kicked, PLAYER, 1, true) then return refused('kicked') end
  if meta.state ~= 'gathering' then return refused('started') end
  local list = gathered(room)
  if room_is_full(meta, #list) then return refused('full') end
  return entry_seat(kind, record, room, meta, list)
end
