-- Shared: the players of a room.
--- @include "keys"
--- @include "seat_order"
--- @include "team_count"

-- All players of the room in seat order: {id, record}, with the record's fields about the seat.
local MEMBER_FIELDS = { 'name', 'colors', 'color', 'seat', 'room', 'order', 'sid', 'nonce' }
if team_count() then MEMBER_FIELDS[#MEMBER_FIELDS + 1] = 'team' end
local function members(room)
  local list = {}
  for _, player in ipairs(redis.call('SMEMBERS', key('rooms', room))) do
    local values, record = redis.call('HMGET', key('player', player), unpack(MEMBER_FIELDS)), {}
    for i, field in ipairs(MEMBER_FIELDS) do record[field] = values[i] or nil end
    record.seat, record.order = tonumber(record.seat) or 0, tonumber(record.order) or 0
    list[#list + 1] = { id = player, record = record }
  end
  table.sort(list, is_seated_before)
  return list
end
