-- Shared by every script of a pool, part 4: a room becomes a match, moves to another relay, loses players, ends.

-- Marks a lease in the deadlines that is none: its relay is dead, and its rooms wait for another.
local DEAD = 0.25

-- The live relay with the most free capacity, of those the caller saw: {id, url, rooms, capacity, taken}. What this pool gave
-- it already counts, even if it has not reported it yet. One whose lease ran out is dead, although its registration lasts longer.
local function relay_pick(relays)
  local best, most = nil, 0
  for _, relay in ipairs(relays) do
    if not relay.taken then
      local lease = tonumber(redis.call('ZSCORE', DEADLINES, 'relay:' .. relay.id) or '')
      relay.is_live = lease and lease > now and lease % 1 ~= DEAD
      relay.taken, relay.owned = 0, redis.call('SCARD', key.relay(relay.id))
    end
    local free = relay.capacity - math.max(relay.rooms, relay.owned) - relay.taken
    if relay.is_live and free > most then best, most = relay, free end
  end
  if best then best.taken = best.taken + 1 end
  return best
end

-- Gives the room, with everybody in it, to a relay: only this raises the epoch. The relay has claim_room_ms to claim it.
local function room_give(room, meta, relay, list)
  if meta.relay ~= '' then redis.call('SREM', key.relay(meta.relay), room) end
  meta.epoch = meta.epoch + 1
  meta.generation = meta.generation + 1
  meta.state, meta.relay, meta.url, meta.boot = 'started', relay.id, relay.url, ''
  meta.at = now + SETTINGS.claim_room_ms
  add('SADD', key.relay(relay.id), room)
  for i = 1, #list do
    local member = list[i]
    if member.is_unsaved then
      seat_save(member, room, 'playing', meta.epoch)
    else
      redis.call('HSET', key.player(member.id), 'state', 'playing', 'epoch', meta.epoch)
    end
  end
  room_save(room, meta)
end

local function emit_match(kind, room, list, inbox)
  local everybody, faces = texts(list)
  emit_text(kind, room, inbox, '{"to":', everybody, ',"message":{"type":"', kind, '","room_id":"', room, '","players":', faces, '}}')
end

-- Starts an open room with enough players; without a live relay it stays open, unlisted, and tries again in a second.
-- Returns true if it started.
local function room_start(room, meta, list, relays, entropy)
  local relay = relay_pick(relays)
  if not relay then
    local shown = meta.countdown_at > 0
    meta.waiting, meta.countdown_at = 1, 0
    rearm(meta)
    relist(room, meta, #list)
    if shown then emit_countdown(room, meta, list) end
    room_save(room, meta)
    return false
  end
  meta.seed = string.format('%.0f', tonumber(string.sub(redis.sha1hex(entropy .. room), 1, 13), 16))
  meta.countdown_at, meta.waiting = 0, 0
  meta.roster = select(2, texts(list))
  if not meta.is_new then redis.call('ZREM', AVAILABLE, room) end
  room_give(room, meta, relay, list)
  emit_match('match_started', room, list)
  return true
end

-- Seats these players in an open room with enough free seats, besides those of `list`; a full one starts. Everybody is told.
-- Returns true if it started.
local function seats_take(room, meta, list, new, relays, entropy)
  seat_all(room, meta, list, new)
  emit_room('room_joined', room, meta, list)
  if #list >= SETTINGS.seats_max then
    if room_start(room, meta, list, relays, entropy) then return true end
  else
    settle(room, meta, list)
  end
  seats_save(room, list)
  return false
end

-- Takes one player out of his room. The caller has dealt with his record; returns what must be added to its entry (inbox),
-- and a function that tells the others once that entry is written.
local function unseat(player, record)
  local room, inbox = record.room, {}
  local meta = room_read(room)
  redis.call('SREM', key.seats(room), player)
  if not meta then return inbox, function() end end
  if meta.state == 'started' then
    inbox[1] = { relay = meta.relay, kind = 'left', room = room, epoch = meta.epoch, player = player }
  end
  if seated(room) == 0 then
    if meta.state == 'started' then inbox[2] = { relay = meta.relay, kind = 'moved', room = room, epoch = meta.epoch } end
    room_dispose(room, meta)
    return inbox, function() end
  end
  return inbox, function()
    if meta.state ~= 'open' then return end
    local list = members(room)
    emit_room('room_updated', room, meta, list)
    settle(room, meta, list)
  end
end

-- The room is over: its players are out with a tombstone, and told. `message` nil: `removed` with the reason.
local function room_end(room, meta, reason, message, inbox)
  local to, release = {}, {}
  for _, member in ipairs(members(room)) do
    if member.record.room == room then
      to[#to + 1] = member.id
      release[#release + 1] = player_bury(member.id, member.record, reason)
    end
  end
  room_dispose(room, meta)
  local tell = {}
  if #to > 0 then tell[1] = { to = to, message = message or { type = 'removed', reason = reason, room_id = room } } end
  emit(reason, { room = room, tell = tell, release = release, inbox = inbox or {} })
end
