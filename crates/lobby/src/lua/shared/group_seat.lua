-- Shared: how a group gets seats.
--- @include "clock"
--- @include "deadlines"
--- @include "group"
--- @include "keys"
--- @include "listed"
--- @include "settings"
--- @include "team_count"
--- @include "teams"
--- @include "whole"

-- The group of a queue entry: {group, since, and its players as seat_all takes them, longest seated first}; nil if
-- the entry is not a group. Only assign reads groups this way, and it needs few fields.
local function group_read(entry)
  local group = group_of(entry)
  local found = group and redis.call('HMGET', key('room', group), 'state', 'queued', 'visibility', 'generation')
  if not found or found[1] ~= 'gathering' or not found[2] then return nil end
  local list = { group = group, since = tonumber(found[2]), generation = tonumber(found[4]), is_listed = found[3] == 'listed' }
  for i, player in ipairs(redis.call('SMEMBERS', key('rooms', group))) do
    local fields = redis.call('HMGET', key('player', player), 'name', 'color', 'seat', 'ready', 'silent')
    list[i] = {
      id = player, record = { name = fields[1] or '', color = fields[2] or nil }, colors = false, seat = tonumber(fields[3] or 0),
      is_unsaved = true, order = found[2], has_marks = fields[4] or fields[5],
    }
  end
  table.sort(list, function(a, b) return a.seat < b.seat end)
  return list
end

-- Moves the players from the group's room to this one. seat_save writes the time that they have waited.
local function group_move(list, room, meta)
  local players = {}
  for i = 1, #list do
    if list[i].has_marks then redis.call('HDEL', key('player', list[i].id), 'ready', 'silent') end
    players[i] = list[i].id
  end
  redis.call('DEL', key('rooms', list.group))
  -- In a running match, match_find has already given them their team.
  if team_count() then redis.call('HSET', key('room', list.group), 'team', whole(list[1].team or team_for(meta, #list))) end
  redis.call('HSET', key('room', list.group), 'state', 'matched', 'match', room, 'generation',
    whole(list.generation + 1))
  if list.is_listed then listed_write(list.group, '') end
  arm('room:' .. list.group, now + SETTINGS.room_ttl_ms)
  meta.groups = (meta.groups and meta.groups .. ';' or '') .. list.group .. '=' .. table.concat(players, ',')
  redis.call('HSET', key('room', room), 'groups', meta.groups)
end
