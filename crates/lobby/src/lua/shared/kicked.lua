-- Shared: players who were removed from a room that a player made, and who cannot join it again.
--- @include "keys"

-- The room stores the players who were removed last.
local KICKED_MAX = 100

local function kicked_add(room, meta, player)
  meta.kicked = meta.kicked == '' and player or meta.kicked .. ',' .. player
  local _, commas = string.gsub(meta.kicked, ',', '')
  if commas >= KICKED_MAX then meta.kicked = string.gsub(meta.kicked, '^[^,]*,', '') end
  redis.call('HSET', key('room', room), 'kicked', meta.kicked)
end
