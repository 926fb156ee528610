-- Shared: groups. The players of a gathering room may wait in the queue together: then its record has `queued` (the
-- time of queueing, in ms), and the queue has the entry `group:<room>` with that score. When they have seats in
-- another room, their own room is empty and `matched`, and names that room in `match`. The other room's record has
-- `groups`: 'group=player,player;group=player', where a group is named by its room.

local function group_entry(room) return 'group:' .. room end

-- The room of a queue entry that is a group; nil for a player.
local function group_of(entry) return string.match(entry, '^group:(.+)$') end
