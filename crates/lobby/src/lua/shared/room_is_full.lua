-- Shared: whether a room that a player made has no place for another player.
--- @defer "group_most"

-- `count`: the number of its players. A room whose players are in the queue is a group.
local function room_is_full(meta, count)
  return count >= meta.seats or meta.queued and count >= group_most()
end
