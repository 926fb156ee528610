#!lua
-- assign: seats the first players of the queue: each in a running match that offers a seat, or else in the fullest
-- room that fits, or else in a new room. It starts full rooms. A group gets seats in one match or room. A candidate
-- who cannot be seated returns to the queue, and is removed after attempts_max attempts; no other player waits for
-- them.
-- KEYS[1..6] the pool's.
-- ARGV: 1 clock, 2 settings, 3 candidates for new matches as JSON (see relay_candidates), 4 entropy (new random
--   text), 5 the most entries, and about the most players, to seat, 6 '1' to return the traces of the seated players.
-- Returns {seated, started, skipped, remainder, waited_ms, given? (see relays_given), traced? = [{player, room, trace =
--   the traceparent, since_ms, until_ms = how long the player was in the queue}]}.
--- @include "clock"
--- @include "collect"
--- @include "deadlines"
--- @include "emit"
--- @include "group"
--- @include "group_most"
--- @include "group_seat"
--- @include "keys"
--- @include "late_until"
--- @include "match_find"
--- @include "members"
--- @include "player"
--- @include "player_exit"
--- @include "pool"
--- @include "relay_pick"
--- @include "room"
--- @include "room_open"
--- @include "seats_take"
--- @include "seats_take_late"
--- @include "settings"
--- @include "team_count"
--- @include "teams"
--- @include "whole"
local BACKOFF_MS, BACKOFF_MAX_MS = 250, 5000
local relays, entropy = cjson.decode(ARGV[3]), ARGV[4]
local result = { seated = 0, started = 0, skipped = 0 }
-- Rooms that get players, in order: {room, meta, list = the players in it, new = the players to seat, left = its free
-- seats}. open: the rooms that had free seats when they were added; some are full now. listed: the open rooms that
-- are not read yet, fullest first, each with its number of players.
local touched, open, listed = {}, {}, nil
-- Whether there are groups among the entries.
local has_groups = false
local is_late = late_ms()

-- Returns the first listed room with at least this number of free seats; nil if a room with `than` free seats is at
-- least as full. A wrong listing is removed, so that it does not block others.
local function next_listed(seats, than)
  if not listed then
    listed = redis.call('ZREVRANGEBYSCORE', AVAILABLE, SETTINGS.seats_max - 1, '-inf', 'WITHSCORES', 'LIMIT', 0, tonumber(ARGV[5]))
  end
  local i = 1
  while i < #listed do
    local left = SETTINGS.seats_max - listed[i + 1]
    if than and than <= left then return nil end
    if left < seats then
      i = i + 2
    else
      local room = table.remove(listed, i)
      table.remove(listed, i)
      local meta = room_read(room)
      local list = meta and meta.state == 'open' and meta.waiting == 0 and members(room)
      if list and #list + seats <= SETTINGS.seats_max then
        return { room = room, meta = meta, list = list, new = {}, left = SETTINGS.seats_max - #list }
      end
      redis.call('ZREM', AVAILABLE, room)
    end
  end
  return nil
end

-- Whether the room has a team for a group of this size.
local function takes_group(entry, size) return not team_count() or team_for(entry.meta, size) ~= nil end

local function room_add(entry)
  touched[#touched + 1], open[#open + 1] = entry, entry
  return entry
end

-- The room for one player or a group: the fullest one with this number of free seats, or else a new one. The caller
-- seats them there. Without groups, only the last room can have free seats.
local function room_for(seats, is_group)
  local best
  for i = #open, 1, -1 do
    local entry = open[i]
    if entry.left == 0 then
      table.remove(open, i)
    elseif entry.left >= seats and (not best or entry.left <= best.left) and (not is_group or takes_group(entry, seats)) then
      best = entry
    end
  end
  if has_groups or not best then
    local entry = next_listed(seats, best and best.left)
    while entry and is_group and not takes_group(entry, seats) do
      room_add(entry)
      entry = next_listed(seats, best and best.left)
    end
    if entry then
      best = room_add(entry)
    elseif not best then
      local room = POOL .. '.' .. string.sub(redis.sha1hex(entropy .. ':' .. #touched), 1, 16)
      best = room_add({ room = room, meta = room_open(), list = {}, new = {}, left = SETTINGS.seats_max })
    end
  end
  best.left = best.left - seats
  return best
end

-- Returns the player to the queue with a delay. After attempts_max, or without a queued record, the entry is dropped.
local function set_back(player, record)
  result.skipped = result.skipped + 1
  if not record or (is_live(record) and record.state ~= 'queued') or record.state == 'out' then return end
  local attempts = record.attempts + 1
  if attempts < SETTINGS.attempts_max then
    redis.call('HSET', key('player', player), 'attempts', attempts)
    redis.call('ZADD', QUEUE, now + math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ^ (attempts - 1)), player)
    return
  end
  local release = player_bury(player, record, 'no_seat')
  emit('no_seat', { release = { release }, tell = { {
    to = { player }, message = { type = 'removed', reason = 'no_seat' },
  } } })
end

-- The fields of the record that a seat needs; nil if the player cannot be seated.
local function candidate(player)
  local found = redis.pcall('HMGET', key('player', player), 'state', 'name', 'color')
  return found[1] == 'queued' and found[2] and { name = found[2], color = found[3] or nil } or nil
end

-- Seats either all players of a group or none. A group that is too large for the pool leaves the queue, and expire
-- notifies it. Returns the number of its players, or nil if the entry is not a group.
local function group_seat(entry)
  local list = group_read(entry)
  if not list or #list == 0 then return nil end
  if #list > group_most() then
    redis.call('HDEL', key('room', list.group), 'queued')
    arm('room:' .. list.group, now)
    result.skipped = result.skipped + 1
    return 0
  end
  local into = is_late and match_find(list)
  if not into then
    into = room_for(#list, true)
    for i = 1, #list do into.new[#into.new + 1] = list[i] end
  end
  group_move(list, into.room, into.meta)
  return #list
end

-- After group_first_ms the group that has waited longest is first, regardless of the priority of others.
local function group_first(queued)
  for i, entry in ipairs(queued) do
    local group = group_of(entry)
    if group then
      local since = tonumber(redis.call('HGET', key('room', group), 'queued') or now)
      if now - since >= SETTINGS.group_first_ms then table.insert(queued, 1, table.remove(queued, i)) end
      return
    end
  end
end

-- Adds the players of `new` whose traces are exported to the result.
local traced = {}
local function trace_seated(room, new)
  for _, member in ipairs(new) do
    local found = redis.call('HMGET', key('player', member.id), 'trace', 'joined_timestamp')
    if found[1] then
      -- A group has waited since it was queued.
      local since = tonumber(member.order or found[2] or now)
      traced[#traced + 1] = { player = member.id, room = room, trace = found[1], since_ms = since, until_ms = now }
    end
  end
end

redis.call('DEL', DIRTY)
collect()
local most = tonumber(ARGV[5])
local queued, unfit = redis.call('ZRANGEBYSCORE', QUEUE, '-inf', whole(now), 'LIMIT', '0', ARGV[5]), {}
-- One search is cheaper than checking each entry.
has_groups = string.find(table.concat(queued, ' '), group_entry(''), 1, true) ~= nil
if has_groups then group_first(queued) end
local first, taken = nil, #queued
for i = 1, #queued do
  local player = queued[i]
  local record = candidate(player)
  local size = 1
  if record then
    local member = { id = player, record = record, colors = false, seat = 0, is_unsaved = true }
    if not (is_late and match_find({ member })) then
      local new = room_for(1).new
      new[#new + 1] = member
    end
  else
    size = has_groups and group_seat(player)
    if not size then unfit[#unfit + 1] = player end
  end
  if size and size > 0 then first = first or player end
  result.seated = result.seated + (size or 0)
  if has_groups and result.seated >= most then
    taken = i
    break
  end
end
if taken < #queued then
  redis.call('ZREM', QUEUE, unpack(queued, 1, taken))
elseif #queued > 0 then
  redis.call('ZREMRANGEBYRANK', QUEUE, '0', whole(#queued - 1))
end
for _, player in ipairs(unfit) do set_back(player, player_read(player)) end
result.waited_ms = 0
if first then
  local group = has_groups and group_of(first)
  local joined = group and redis.call('HGET', key('room', group), 'queued') or
    redis.call('HGET', key('player', first), 'joined_timestamp')
  result.waited_ms = math.max(0, now - (tonumber(joined or now) or now))
end
if ARGV[6] == '1' then
  for _, match in ipairs(matches) do trace_seated(match.room, match.new) end
  for _, entry in ipairs(touched) do trace_seated(entry.room, entry.new) end
  if #traced > 0 then result.traced = traced end
end
for _, match in ipairs(matches) do
  if #match.new > 0 then seats_take_late(match.room, match.meta, match.free, match.new) end
end
for _, entry in ipairs(touched) do
  if #entry.new > 0 and seats_take(entry.room, entry.meta, entry.list, entry.new, relays, entropy) then result.started = result.started + 1 end
end
add_collected()
result.remainder = redis.call('ZCOUNT', QUEUE, '-inf', now) > 0
if result.started > 0 then result.given = relays_given(relays) end
return cjson.encode(result)
