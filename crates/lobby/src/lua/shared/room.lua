-- Shared by every script of a pool, part 3: rooms, their seats, their countdown and their listing.
-- A room is read once, changed in `meta`, and written once: by settle, room_start or room_give, or whoever calls room_save.
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

-- Everybody's ids, or of those only whose seat is new (true) or is not (false).
local function ids(list, is_new)
  local out = {}
  for i = 1, #list do
    local member = list[i]
    if is_new == nil or is_new == (member.is_unsaved == true) then out[#out + 1] = member.id end
  end
  return out
end

-- Ids as JSON. An id is a UUID: nothing in it wants escaping.
local function quoted(to)
  return #to > 0 and '["' .. table.concat(to, '","') .. '"]' or '[]'
end

-- Everybody's ids, and what others may see of everybody, as JSON: made once for all messages about this list.
local function texts(list)
  if list.ids then return list.ids, list.faces end
  local faces = {}
  for i = 1, #list do
    local member = list[i]
    faces[i] = '{"player_id":"' .. member.id .. '","name":' .. cjson.encode(member.record.name or '') .. ',"colors":' ..
      (member.colors or member.record.colors or '["#ffffff"]') .. '}'
  end
  list.ids, list.faces = quoted(ids(list)), '[' .. table.concat(faces, ',') .. ']'
  return list.ids, list.faces
end

-- `room_joined` to those whose seat is new, `room_updated` to the others: one entry. `list`: everybody in the room.
local function emit_room(kind, room, meta, list)
  local everybody, faces = texts(list)
  local fresh = 0
  for i = 1, #list do
    if list[i].is_unsaved then fresh = fresh + 1 end
  end
  local message = ',"message":{"pool":"' .. POOL .. '","room":{"room_id":"' .. room .. '","seats_min":' .. whole(SETTINGS.seats_min) ..
    ',"seats_max":' .. whole(SETTINGS.seats_max) .. ',"expires_at_ms":' .. whole(meta.ttl_at) .. ',"players":'
  local joined, updated = '},"type":"room_joined"}}', '},"type":"room_updated"}}'
  if fresh == #list then
    emit_text(kind, room, nil, '{"to":', everybody, message, faces, joined)
  elseif fresh == 0 then
    emit_text(kind, room, nil, '{"to":', everybody, message, faces, updated)
  else
    emit_text(kind, room, nil, '{"to":', quoted(ids(list, true)), message, faces, joined,
      ',{"to":', quoted(ids(list, false)), message, faces, updated)
  end
end

-- Listed: open, a free seat, and not waiting for a relay to start on.
local function relist(room, meta, count)
  if meta.state == 'open' and meta.waiting == 0 and count > 0 and count < SETTINGS.seats_max then
    redis.call('ZADD', AVAILABLE, count, room)
  elseif not meta.is_new then
    redis.call('ZREM', AVAILABLE, room)
  end
end

-- An open room has one deadline: the next try to start, else the earlier of countdown and TTL. Each re-arm is a new
-- generation, so that whoever decides an older one decides nothing.
local function rearm(meta)
  meta.at = meta.ttl_at
  if meta.waiting > 0 then
    meta.at = now + 1000
  elseif meta.countdown_at > 0 then
    meta.at = math.min(meta.at, meta.countdown_at)
  end
  meta.generation = meta.generation + 1
end

local function room_open()
  local meta = {
    state = 'open', generation = 0, epoch = 0, relay = '', url = '', boot = '', seed = '', roster = '', created = now,
    countdown_at = 0, ttl_at = now + SETTINGS.room_ttl_ms, waiting = 0, seated_count = 0, is_new = true,
  }
  rearm(meta)
  return meta
end

-- Writes what the room is now, and its deadline if that was set anew.
local function room_save(room, meta)
  redis.call('HSET', key.room(room), 'state', meta.state, 'generation', whole(meta.generation), 'epoch', whole(meta.epoch),
    'relay', meta.relay or '', 'url', meta.url or '', 'boot', meta.boot or '', 'seed', meta.seed or '',
    'countdown_at', whole(meta.countdown_at), 'waiting', whole(meta.waiting), 'seated_count', whole(meta.seated_count),
    'roster', meta.roster or '', 'created', whole(meta.created), 'ttl_at', whole(meta.ttl_at))
  if meta.at then arm('room:' .. room, meta.at) end
  meta.is_new, meta.at = nil, nil
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

local function colors_taken(list)
  local taken = {}
  for _, member in ipairs(list) do
    taken[string.match(member.colors or member.record.colors or '', '#%x+') or ''] = true
  end
  return taken
end

-- The chosen colour if nobody in the room has it, else the first of the palette that is free.
local function color_pick(wish, taken)
  if wish and wish ~= '' then
    wish = string.lower(wish)
    if string.match(wish, '^#%x%x%x%x%x%x$') and not taken[wish] then return wish end
  end
  for i = 1, #PALETTE do
    if not taken[PALETTE[i]] then return PALETTE[i] end
  end
  return PALETTE[1]
end

-- These players, from the queue or from another room, into the room of `list`, which grows by them. Their records are
-- written by seats_save or room_give, when it is known whether the room starts at once.
local function seat_all(room, meta, list, new)
  local taken, added = colors_taken(list), {}
  for i = 1, #new do
    local member = new[i]
    local color = color_pick(member.record.color, taken)
    taken[color] = true
    member.colors = '["' .. color .. '"]'
    meta.seated_count = meta.seated_count + 1
    member.seat, member.is_unsaved = meta.seated_count, true
    list[#list + 1] = member
    added[i] = member.id
  end
  list.ids, list.faces = nil, nil
  redis.call('SADD', key.seats(room), unpack(added))
end

-- In an open room nobody has an epoch: it is 0.
local function seat_save(member, room, state, epoch)
  redis.call('HSET', key.player(member.id), 'state', state, 'room', room, 'colors', member.colors,
    'seat', whole(member.seat), 'epoch', whole(epoch))
  member.is_unsaved = nil
end

local function seats_save(room, list)
  for _, member in ipairs(list) do
    if member.is_unsaved then seat_save(member, room, 'seated', 0) end
  end
end

local function emit_countdown(room, meta, list)
  local set = meta.countdown_at > 0
  emit('countdown', { room = room, tell = { {
    to = ids(list),
    message = {
      type = 'countdown', room_id = room, starts_at_ms = set and meta.countdown_at or cjson.null,
      in_ms = set and math.max(0, meta.countdown_at - now) or cjson.null,
    },
  } } })
end

-- After seats of an open room changed: the countdown is armed at seats_min and cleared below it.
local function settle(room, meta, list)
  local count, shown = #list, meta.countdown_at > 0
  if count >= SETTINGS.seats_min and meta.countdown_at == 0 and meta.waiting == 0 then
    meta.countdown_at = now + SETTINGS.countdown_ms
    rearm(meta)
    emit_countdown(room, meta, list)
  elseif count < SETTINGS.seats_min and (shown or meta.waiting > 0) then
    meta.countdown_at = 0
    meta.waiting = 0
    rearm(meta)
    if shown then emit_countdown(room, meta, list) end
  end
  relist(room, meta, count)
  room_save(room, meta)
end
