#!lua
-- assign: takes the first of the queue and seats each in the fullest room that fits, or in a new one; starts full rooms.
-- A candidate who cannot be seated is set back, and told after a bound; he never blocks the others.
-- KEYS[1..6] the pool's.
-- ARGV: 1 clock, 2 settings, 3 live relays as JSON [{id, url, rooms, capacity}], 4 entropy (fresh random text), 5 how many.
-- Returns {seated, started, skipped, remainder}.
local BACKOFF_MS, BACKOFF_MAX_MS = 250, 5000
local relays, entropy = cjson.decode(ARGV[3]), ARGV[4]
local result = { seated = 0, started = 0, skipped = 0 }
local touched, order = {}, {}

local function touch_room(room, meta)
  if not touched[room] then
    touched[room] = { meta = meta, new = {} }
    order[#order + 1] = room
  end
  return touched[room]
end

local function room_for()
  local room, meta = room_find(1)
  if room then return touched[room] or touch_room(room, meta), room end
  room = POOL .. '.' .. string.sub(redis.sha1hex(entropy .. ':' .. #order), 1, 16)
  return touch_room(room, room_open(room)), room
end

-- Backs off; after the bound, or without a record of being queued, the entry goes.
local function set_back(player, record)
  result.skipped = result.skipped + 1
  if not record or (is_live(record) and record.state ~= 'queued') or record.state == 'out' then
    redis.call('ZREM', QUEUE, player)
    return
  end
  local attempts = record.attempts + 1
  if attempts < SETTINGS.attempts_max then
    redis.call('HSET', key.player(player), 'attempts', attempts)
    redis.call('ZADD', QUEUE, now + math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ^ (attempts - 1)), player)
    return
  end
  local release = player_bury(player, record, 'no_seat')
  emit('no_seat', { release = { release }, tell = { {
    to = { player }, message = { type = 'told', reason = 'no_seat' },
  } } })
end

local function can_sit(record)
  return record and record.state == 'queued' and record.room == '' and record.sid and record.nonce and record.name
end

redis.call('DEL', DIRTY)
for _, player in ipairs(redis.call('ZRANGEBYSCORE', QUEUE, '-inf', now, 'LIMIT', 0, tonumber(ARGV[5]))) do
  local record = player_read(player)
  if can_sit(record) then
    local entry, room = room_for()
    seat(player, record, room, entry.meta)
    entry.new[player] = true
    result.seated = result.seated + 1
  else
    set_back(player, record)
  end
end
for _, room in ipairs(order) do
  local entry = touched[room]
  emit_room('room_joined', room, entry.meta, entry.new)
  if seated(room) >= SETTINGS.seats_max then
    if room_start(room, entry.meta, relays, entropy) then result.started = result.started + 1 end
  else
    settle(room, entry.meta)
  end
end
result.remainder = redis.call('ZCOUNT', QUEUE, '-inf', now) > 0
return cjson.encode(result)
