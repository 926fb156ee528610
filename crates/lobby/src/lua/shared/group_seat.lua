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

-- The group of a queue entry: {group, since, and its players as seat_all takes them, longest seated
-- first}; nil if the entry is none. Only assign reads groups so, and needs few fields.
local function group_read(entry)
  local group = group_of(entry)
  local found = group and redis.call('HMGET', key('room', group), 'state', 'queued', 'visibility')
  if not found or found[1] ~= 'gathering' or not found[2] then return nil end
  local list = { group = group, since = tonumber(found[2]), is_listed = found[3] == 'listed' }
  for i, player in ipairs(redis.call('SMEMBERS', key('rooms', group))) do
    local fields = redis.call('HMGET', key('player', player), 'name', 'color', 'seat')
    list[i] = {
      id = player, record = { name = fields[1] or '', color = fields[2] or nil }, colors = false, seat = tonumber(fields[3] or 0),
      is_unsaved = true,
    }
  end
  table.sort(list, function(a, b) return a.seat < b.seat end)
  return list
end

-- The players leave the group's room for this one, with the time that they have waited.
local function group_move(list, room, meta)
  local players, since = {}, whole(list.since)
  for i = 1, #list do
    local player = key('player', list[i].id)
    redis.call('HDEL', player, 'ready', 'silent')
    redis.call('HSET', player, 'order', since)
    players[i] = list[i].id
  end
  redis.call('DEL', key('rooms', list.group))
  if team_count() then redis.call('HSET', key('room', list.group), 'team', whole(team_for(meta, #list))) end
  redis.call('HSET', key('room', list.group), 'state', 'matched', 'match', room)
  if list.is_listed then listed_write(list.group, '') end
  redis.call('HINCRBY', key('room', list.group), 'generation', '1')
  arm('room:' .. list.group, now + SETTINGS.room_ttl_ms)
  meta.groups = (meta.groups and meta.groups .. ';' or '') .. list.group .. '=' .. table.concat(players, ',')
  redis.call('HSET', key('room', room), 'groups', meta.groups)
end
