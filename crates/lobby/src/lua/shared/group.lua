-- Shared: groups. The players of a gathering room may look for others together: then its record has
-- `queued` (since when, in ms), and the queue has the entry `group:<room>` with that score. When they
-- have seats in another room, their own room is empty and `matched`, and names that room in `match`.
-- The other room's record has `groups`: 'group=player,player;group=player', a group named by its room.
--- @include "keys"
--- @include "pool"
--- @include "settings"
--- @include "team_count"

local function group_entry(room) return 'group:' .. room end

-- The room of an entry of the queue that is a group; nil for a player.
local function group_of(entry) return string.match(entry, '^group:(.+)$') end

-- The most players of a group: all of them are in one team, and others are in each other team.
local function group_most()
  if not team_count() then return SETTINGS.seats_max end
  return math.min(SETTINGS.team_size, SETTINGS.seats_max - SETTINGS.team_count + 1)
end

-- The players look for others no more.
local function group_dequeue(room, meta)
  if not meta.queued then return end
  redis.call('ZREM', QUEUE, group_entry(room))
  redis.call('HDEL', key('room', room), 'queued')
  meta.queued = nil
end
