-- Shared by every script of a pool, part 3: rooms, their seats, their countdown and their listing.
local ROOM_NUMBERS = { 'generation', 'epoch', 'created', 'countdown_at', 'ttl_at', 'waiting', 'seated_count' }
local PALETTE = { '#ff5d5d', '#ffa94d', '#ffe066', '#69db7c', '#38d9a9', '#4dabf7', '#9775fa', '#f783ac' }

-- The room's metadata with its numbers as numbers; nil when there is none.
local function room_read(room)
  local meta = hash(key.room(room))
  if not meta then return nil end
  for _, field in ipairs(ROOM_NUMBERS) do meta[field] = tonumber(meta[field]) or 0 end
  return meta
end

local function seated(room)
  return redis.call('SCARD', key.seats(room))
end

-- Everybody in the room, in seat order: {id, record}; of the record only what concerns the seat.
local MEMBER_FIELDS = { 'name', 'colors', 'color', 'seat', 'room', 'order', 'sid', 'nonce' }
local function members(room)
  local list = {}
  for _, player in ipairs(redis.call('SMEMBERS', key.seats(room))) do
    local values, record = redis.call('HMGET', key.player(player), unpack(MEMBER_FIELDS)), {}
    for i, field in ipairs(MEMBER_FIELDS) do record[field] = values[i] or nil end
    record.seat, record.order = tonumber(record.seat) or 0, tonumber(record.order) or 0
    list[#list + 1] = { id = player, record = record }
  end
  table.sort(list, function(a, b)
    if a.record.seat ~= b.record.seat then return a.record.seat < b.record.seat end
    return a.id < b.id
  end)
  return list
end

local function ids(list, except)
  local out = {}
  for _, member in ipairs(list) do
    if not (except and except[member.id]) then out[#out + 1] = member.id end
  end
  return out
end

-- What others may see of the players, for a message.
local function faces(list)
  local out = {}
  for _, member in ipairs(list) do
    out[#out + 1] = {
      player_id = member.id, name = member.record.name or '', colors = cjson.decode(member.record.colors or '["#ffffff"]'),
    }
  end
  return out
end

local function room_message(kind, room, meta, list)
  return {
    type = kind, pool = POOL,
    room = {
      room_id = room, players = faces(list), seats_min = SETTINGS.seats_min, seats_max = SETTINGS.seats_max,
      expires_at_ms = meta.ttl_at,
    },
  }
end

-- `room_joined` to those who are new, `room_updated` to the others: one entry.
local function emit_room(kind, room, meta, new)
  local list, tell, old = members(room), {}, nil
  local fresh = {}
  for _, member in ipairs(list) do
    if new[member.id] then fresh[#fresh + 1] = member.id end
  end
  if #fresh > 0 then tell[#tell + 1] = { to = fresh, message = room_message('room_joined', room, meta, list) } end
  old = ids(list, new)
  if #old > 0 then tell[#tell + 1] = { to = old, message = room_message('room_updated', room, meta, list) } end
  emit(kind, { room = room, tell = tell })
end

-- Listed: open, a free seat, and not waiting for a relay to start on.
local function relist(room, meta)
  local count = seated(room)
  if meta.state == 'open' and meta.waiting == 0 and count > 0 and count < SETTINGS.seats_max then
    redis.call('ZADD', AVAILABLE, count, room)
  else
    redis.call('ZREM', AVAILABLE, room)
  end
end

-- An open room has one deadline: the next try to start, else the earlier of countdown and TTL. Each re-arm is a new
-- generation, so that whoever decides an older one decides nothing.
local function rearm(room, meta)
  local at = meta.ttl_at
  if meta.waiting > 0 then
    at = now + 1000
  elseif meta.countdown_at > 0 then
    at = math.min(at, meta.countdown_at)
  end
  meta.generation = meta.generation + 1
  redis.call('HSET', key.room(room), 'generation', meta.generation, 'countdown_at', meta.countdown_at, 'waiting', meta.waiting)
  arm('room:' .. room, at)
end

local function room_open(room)
  local meta = {
    state = 'open', generation = 0, epoch = 0, relay = '', url = '', boot = '', seed = '', created = now,
    countdown_at = 0, ttl_at = now + SETTINGS.room_ttl_ms, waiting = 0, seated_count = 0,
  }
  local flat = {}
  for field, value in pairs(meta) do
    flat[#flat + 1] = field
    flat[#flat + 1] = value
  end
  redis.call('HSET', key.room(room), unpack(flat))
  rearm(room, meta)
  return meta
end

-- Everything of the room goes, except the replay of a match that ended well; what must be told is the caller's.
local function room_dispose(room, meta)
  redis.call('DEL', key.room(room), key.seats(room), key.projectiles(room), key.checkpoint(room))
  if not meta.keeps_replay then redis.call('DEL', key.replay(room)) end
  redis.call('ZREM', AVAILABLE, room)
  if meta.relay and meta.relay ~= '' then redis.call('SREM', key.relay(meta.relay), room) end
  disarm('room:' .. room)
end

-- The fullest listed room with so many seats free. A listing that is wrong is taken away, it never blocks.
local function room_find(seats, except)
  local most = SETTINGS.seats_max - seats
  for _, room in ipairs(redis.call('ZREVRANGEBYSCORE', AVAILABLE, most, '-inf', 'LIMIT', 0, 10)) do
    if room ~= except then
      local meta = room_read(room)
      if meta and meta.state == 'open' and meta.waiting == 0 and seated(room) <= most then return room, meta end
      redis.call('ZREM', AVAILABLE, room)
    end
  end
  return nil
end

local function colors_taken(room)
  local taken = {}
  for _, player in ipairs(redis.call('SMEMBERS', key.seats(room))) do
    taken[string.match(redis.call('HGET', key.player(player), 'colors') or '', '#%x+') or ''] = true
  end
  return taken
end

-- The chosen colour if nobody in the room has it, else the first of the palette that is free.
local function color_pick(wish, taken)
  wish = string.lower(wish or '')
  if string.match(wish, '^#%x%x%x%x%x%x$') and not taken[wish] then return wish end
  for _, color in ipairs(PALETTE) do
    if not taken[color] then return color end
  end
  return PALETTE[1]
end

-- From the queue, or from another room, into this one.
local function seat(player, record, room, meta)
  meta.taken = meta.taken or colors_taken(room)
  local color = color_pick(record.color, meta.taken)
  meta.taken[color] = true
  meta.seated_count = meta.seated_count + 1
  redis.call('ZREM', QUEUE, player)
  redis.call('HSET', key.player(player), 'state', 'seated', 'room', room, 'colors', '["' .. color .. '"]',
    'seat', meta.seated_count, 'epoch', 0, 'attempts', 0, 'x', 0, 'y', 0)
  redis.call('SADD', key.seats(room), player)
  redis.call('HSET', key.room(room), 'seated_count', meta.seated_count)
  relist(room, meta)
end

local function emit_countdown(room, meta)
  local set = meta.countdown_at > 0
  emit('countdown', { room = room, tell = { {
    to = ids(members(room)),
    message = {
      type = 'countdown', room_id = room, starts_at_ms = set and meta.countdown_at or cjson.null,
      in_ms = set and math.max(0, meta.countdown_at - now) or cjson.null,
    },
  } } })
end

-- After seats of an open room changed: the countdown is armed at seats_min and cleared below it.
local function settle(room, meta)
  local count = seated(room)
  if count >= SETTINGS.seats_min and meta.countdown_at == 0 and meta.waiting == 0 then
    meta.countdown_at = now + SETTINGS.countdown_ms
    rearm(room, meta)
    emit_countdown(room, meta)
  elseif count < SETTINGS.seats_min and (meta.countdown_at > 0 or meta.waiting > 0) then
    local shown = meta.countdown_at > 0
    meta.countdown_at = 0
    meta.waiting = 0
    rearm(room, meta)
    if shown then emit_countdown(room, meta) end
  end
  relist(room, meta)
end
