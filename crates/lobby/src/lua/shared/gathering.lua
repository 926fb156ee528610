-- Shared: rooms that players make. Such a room is `gathering` until its host starts it. In addition to the fields of
-- every room, its record has: host, code and code_nonce (the claim of the code), visibility (private | listed), seats
-- (the most players), settings and meta (JSON), name, kicked (ids), and bots (how many bots to add).
--- @include "clock"
--- @include "deadlines"
--- @include "gathering_messages"
--- @defer "group_dequeue"
--- @include "keys"
--- @defer "listed_change"
--- @include "room_deadline"
--- @include "room_save"
--- @include "seat_order"
--- @include "settings"
--- @include "whole"

-- The players in the room in seat order, like shared/members.lua but with fewer fields, with `ready`, and with
-- `silent` if their lobby socket has been closed for host_silent_ms.
local function gathered(room)
  local list = {}
  for i, player in ipairs(redis.call('SMEMBERS', key('rooms', room))) do
    local found = redis.call('HMGET', key('player', player), 'name', 'colors', 'seat', 'sid', 'nonce', 'ready', 'silent')
    list[i] = {
      id = player, ready = found[6] == '1', silent = found[7] == '1', record = {
        name = found[1] or nil, colors = found[2] or nil, seat = tonumber(found[3]) or 0, sid = found[4] or nil, nonce = found[5] or nil,
      },
    }
  end
  table.sort(list, is_seated_before)
  return list
end

-- The host keeps the role while present. Otherwise the host is the longest seated player who is present, or else the
-- longest seated one. Returns true if the host changed.
local function host_settle(meta, list)
  local before, is_member, first = meta.host, false, nil
  for i = 1, #list do
    local member = list[i]
    is_member = is_member or member.id == before
    if not member.silent then
      if member.id == before then return false end
      first = first or member.id
    end
  end
  if first or not is_member then meta.host = first or (list[1] and list[1].id) or '' end
  return meta.host ~= before
end

-- Whether there are enough players for a match, including the bots that the host added.
local function can_start(meta, count)
  return count > 0 and count + meta.bots >= SETTINGS.seats_min
end

-- Saves a new room, or the changes of players or host in an existing one. An empty room closes after room_empty_ms,
-- or after `empty_ms`.
local function gathering_save(room, meta, list, empty_ms)
  if not can_start(meta, #list) then meta.waiting = 0 end
  if #list == 0 and meta.queued then group_dequeue(room, meta) end
  meta.ttl_at = now + (#list > 0 and SETTINGS.room_ttl_ms or empty_ms or SETTINGS.room_empty_ms)
  rearm(meta)
  if meta.is_new then
    room_save(room, meta, 'host', meta.host, 'code', meta.code, 'code_nonce', meta.code_nonce, 'visibility', meta.visibility,
      'seats', whole(meta.seats), 'settings', meta.settings, 'meta', meta.meta, 'name', meta.name, 'kicked', meta.kicked,
      'bots', whole(meta.bots))
  else
    redis.call('HSET', key('room', room), 'state', meta.state, 'generation', whole(meta.generation), 'waiting', whole(meta.waiting),
      'seated_count', whole(meta.seated_count), 'ttl_at', whole(meta.ttl_at), 'host', meta.host)
    arm('room:' .. room, meta.at)
  end
  if meta.visibility == 'listed' or meta.was_listed then listed_change(room, meta, #list) end
end

-- After the players or their choices changed: updates the host and the deadline, and notifies all players.
local function gathering_settle(kind, room, meta, list)
  host_settle(meta, list)
  gathering_save(room, meta, list)
  emit_gathering(kind, room, meta, list)
end
