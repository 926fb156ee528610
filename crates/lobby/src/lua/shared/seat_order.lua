-- Shared: the order of the players of a room.

local function is_seated_before(a, b)
  if a.record.seat ~= b.record.seat then return a.record.seat < b.record.seat end
  return a.id < b.id
end
