#!lua
-- assign: seats the first players of the queue, each in a running match that offers a seat, else in
-- the fullest room that fits or in a new one, and starts full rooms. A candidate who cannot be
-- seated goes back into the queue, and is removed after attempts_max attempts; nobody else waits
-- for them.
-- KEYS[1..6] the pool's.
-- ARGV: 1 clock, 2 settings, 3 live relays as JSON [{id, url, rooms, capacity}], 4 entropy (fresh
--   random text), 5 how many.
-- Returns {seated, started, skipped, remainder, waited_ms}.
--- @include "clock"
--- @include "collect"
--- @include "emit"
--- @include "keys"
--- @include "late_until"
--- @include "match_find"
--- @include "members"
--- @include "player"
--- @include "player_exit"
--- @include "pool"
--- @include "room"
--- @include "room_open"
--- @include "seats_take"
--- @include "seats_take_late"
--- @include "settings"
--- @include "whole"
local BACKOFF_MS, BACKOFF_MAX_MS = 250, 5000
local relays, entropy = cjson.decode(ARGV[3]), ARGV[4]
local result = { seated = 0, started = 0, skipped = 0 }
-- Rooms that get players, in order: {room, meta, list = the players in it, new = the players to
-- seat}.
local touched, listed = {}, nil

-- The next listed room with a free seat, fullest first. A wrong listing is removed, so that it does
-- not block.
local function next_listed()
  listed = listed or redis.call('ZREVRANGEBYSCORE', AVAILABLE, SETTINGS.seats_max - 1, '-inf', 'LIMIT', 0, tonumber(ARGV[5]))
  while #listed > 0 do
    local room = table.remove(listed, 1)
    local meta = room_read(room)
    local list = meta and meta.state == 'open' and meta.waiting == 0 and members(room)
    if list and #list < SETTINGS.seats_max then return { room = room, meta = meta, list = list, new = {} } end
    redis.call('ZREM', AVAILABLE, room)
  end
  return nil
end

-- The room to fill next.
local function room_for()
  local last = touched[#touched]
  if last and #last.list + #last.new < SETTINGS.seats_max then return last end
  local entry = next_listed()
  if not entry then
    local room = POOL .. '.' .. string.sub(redis.sha1hex(entropy .. ':' .. #touched), 1, 16)
    entry = { room = room, meta = room_open(), list = {}, new = {} }
  end
  touched[#touched + 1] = entry
  return entry
end

-- Puts the player back into the queue with a delay. After attempts_max, or without a queued record,
-- the entry is dropped.
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

redis.call('DEL', DIRTY)
local is_late = late_ms()
local queued, unfit = redis.call('ZRANGEBYSCORE', QUEUE, '-inf', whole(now), 'LIMIT', '0', ARGV[5]), {}
local first
for i = 1, #queued do
  local player = queued[i]
  local record = candidate(player)
  if record then
    local new = ((is_late and match_find(player)) or room_for()).new
    new[#new + 1] = { id = player, record = record, colors = false, seat = 0, is_unsaved = true }
    first = first or player
  else
    unfit[#unfit + 1] = player
  end
end
if #queued > 0 then redis.call('ZREMRANGEBYRANK', QUEUE, '0', whole(#queued - 1)) end
for _, player in ipairs(unfit) do set_back(player, player_read(player)) end
result.seated, result.waited_ms = #queued - #unfit, 0
if result.seated > 0 then
  local joined = tonumber(redis.call('HGET', key('player', first), 'joined_timestamp') or now) or now
  result.waited_ms = math.max(0, now - joined)
end
for _, match in ipairs(matches) do
  if #match.new > 0 then seats_take_late(match.room, match.meta, match.free, match.new) end
end
collect()
for _, entry in ipairs(touched) do
  if seats_take(entry.room, entry.meta, entry.list, entry.new, relays, entropy) then result.started = result.started + 1 end
end
add_collected()
result.remainder = redis.call('ZCOUNT', QUEUE, '-inf', now) > 0
return cjson.encode(result)
