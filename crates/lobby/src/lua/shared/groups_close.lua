-- Shared: what happens to the groups of an open room that closes.
--- @include "gathering"
--- @include "group"
--- @include "group_gather"
--- @include "keys"
--- @include "pool"
--- @include "seat_all"
--- @include "seat_save"

-- The group waits again and keeps its waiting time; its players are in its own room.
local function group_requeue(group, players)
  local meta, since = group_gather(group)
  local list = {}
  seat_all(group, meta, list, players)
  meta.queued = since
  redis.call('HSET', key('room', group), 'queued', since)
  redis.call('ZADD', QUEUE, since, group_entry(group))
  gathering_settle('requeued', group, meta, list)
  seats_save(group, list)
end

-- The groups of the room wait again. Returns the players of `list` who are in no group.
local function groups_requeue(meta, list)
  local rest, players, groups = {}, {}, {}
  for group, named in string.gmatch(meta.groups or '', '([^=;]+)=([^;]*)') do
    if redis.call('HGET', key('room', group), 'state') == 'matched' then
      groups[#groups + 1] = group
      players[group] = {}
      for player in string.gmatch(named, '[^,]+') do players[player] = players[group] end
    end
  end
  for _, member in ipairs(list) do
    local to = players[member.id] or rest
    to[#to + 1] = member
  end
  for _, group in ipairs(groups) do
    if #players[group] > 0 then group_requeue(group, players[group]) else group_gather(group) end
  end
  return rest
end

-- Moves the groups of the room to another one.
local function groups_move(meta, room, to)
  if not meta.groups then return end
  for group in string.gmatch(meta.groups, '([^=;]+)=') do
    if redis.call('HEXISTS', key('room', group), 'match') == 1 then redis.call('HSET', key('room', group), 'match', room) end
  end
  to.groups = (to.groups and to.groups .. ';' or '') .. meta.groups
  redis.call('HSET', key('room', room), 'groups', to.groups)
end
