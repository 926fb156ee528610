-- Shared: a room's record. A script reads it once, changes `meta`, and writes it once: in settle, room_start or
-- room_give, or by calling room_save.
--- @include "keys"
--- @include "hash"

local ROOM_NUMBERS = { 'generation', 'epoch', 'created', 'countdown_at', 'ttl_at', 'waiting', 'seated_count', 'seats', 'bots' }

-- The record with its numbers as numbers; nil if there is none.
local function room_read(room)
  local meta = hash(key('room', room))
  if not meta then return nil end
  for _, field in ipairs(ROOM_NUMBERS) do meta[field] = tonumber(meta[field]) or 0 end
  return meta
end
