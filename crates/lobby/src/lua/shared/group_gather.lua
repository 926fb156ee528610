-- Shared: how a group returns to its own room.
--- @include "gathering"
--- @include "keys"
--- @include "room"
--- @include "settings"

-- The group's room gathers again, empty; its players return by a rematch or the code. Returns its record, and since
-- when the group waited; nil if there is no such room.
local function group_gather(group)
  local meta = room_read(group)
  if not meta or meta.state ~= 'matched' then return nil end
  redis.call('HDEL', key('room', group), 'match', 'queued')
  local since = meta.queued
  meta.state, meta.match, meta.queued = 'gathering', nil, nil
  gathering_save(group, meta, {}, SETTINGS.rematch_ttl_ms)
  return meta, since
end

-- The player left an open room that others are in, and their group. If no player of the group is left, its room
-- gathers again.
local function group_left(room, meta, player)
  local stay = {}
  for group, players in string.gmatch(meta.groups or '', '([^=;]+)=([^;]*)') do
    local others = {}
    for other in string.gmatch(players, '[^,]+') do
      if other ~= player then others[#others + 1] = other end
    end
    if #others > 0 then stay[#stay + 1] = group .. '=' .. table.concat(others, ',') else group_gather(group) end
  end
  meta.groups = #stay > 0 and table.concat(stay, ';') or nil
  if meta.groups then
    redis.call('HSET', key('room', room), 'groups', meta.groups)
  else
    redis.call('HDEL', key('room', room), 'groups')
  end
end

-- The groups of a room that no longer exists.
local function groups_gather(meta)
  for group in string.gmatch(meta.groups or '', '([^=;]+)=') do group_gather(group) end
end
