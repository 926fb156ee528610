-- Shared: a player's record.
--- @include "keys"
--- @include "hash"

local PLAYER_NUMBERS = { 'joined_timestamp', 'priority', 'attempts', 'order', 'seat', 'epoch' }

-- The record with its numbers as numbers; nil if there is none. The second result says that the key
-- has another type.
local function player_read(player)
  local record, error = hash(key('player', player))
  if not record then return nil, error end
  for _, field in ipairs(PLAYER_NUMBERS) do record[field] = tonumber(record[field]) or 0 end
  return record
end

-- Queued, seated or playing. A record that is `out` is a tombstone: it only says why the player is
-- out.
local function is_live(record)
  return record ~= nil and (record.state == 'queued' or record.state == 'seated' or record.state == 'playing')
end
