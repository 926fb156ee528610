-- Shared: whether a room that a player made has no place for one more.
--- @defer "group_most"

-- `count`: its players. A room whose players look for others together is a group.
local function room_is_full(meta, count)
  return count >= meta.seats or meta.queued and count >= group_most()
end
