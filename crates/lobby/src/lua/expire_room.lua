#!lua flags=allow-oom
-- expire_room: what happens to a room at its deadline. Once per generation, never early. Open: a room with enough
-- players starts (one player is enough in a pool with bots); fewer players move to the fullest other room that fits,
-- or else to the front of the queue; an empty room is disposed. Gathering: an empty room closes, a room whose host
-- started it while there was no relay starts, others continue. Matched: it gathers again if the room that its group
-- is in does not exist. Started: no relay claimed it, or its relay lost it: it ends and its players are notified.
-- KEYS[1..6] the pool's; KEYS[7] room:<room>; KEYS[8] its shadow; KEYS[9] rooms:<room>.
-- ARGV: 1 clock, 2 settings, 3 room, 4 generation, 5 candidates as JSON, 6 entropy.
-- Returns what was done: none | gathering | matched | started | waiting | moved | requeued | disposed | ended.
--- @include "bots_fill"
--- @include "clock"
--- @include "disarm"
--- @include "emit"
--- @include "gathering"
--- @include "gathering_close"
--- @include "group_gather"
--- @include "groups_close"
--- @include "members"
--- @include "requeue"
--- @include "room"
--- @include "room_deadline"
--- @include "room_dispose"
--- @include "room_end"
--- @include "room_find"
--- @include "room_save"
--- @include "room_start"
--- @include "roster"
--- @include "seats_take"
--- @include "settings"
--- @include "team_count"
--- @include "teams"
--- @include "wake"
local room, relays, entropy = ARGV[3], cjson.decode(ARGV[5]), ARGV[6]
local meta = room_read(room)
if not meta then
  room_dispose(room, {})
  return 'none'
end
if meta.generation ~= tonumber(ARGV[4]) or not is_overdue('room:' .. room) then return 'none' end

local function move_to(target, target_meta, list)
  room_dispose(room, meta)
  groups_move(meta, target, target_meta)
  seats_take(target, target_meta, members(target), list, relays, entropy)
  return 'moved'
end

local function requeue_all(list)
  room_dispose(room, meta)
  wake()
  list = groups_requeue(meta, list)
  if #list == 0 then return 'requeued' end
  for _, member in ipairs(list) do requeue(member.id, member.record.order) end
  emit('requeued', { room = room, tell = { requeued(ids(list), 'room_closed') } })
  return 'requeued'
end

if meta.state == 'started' then
  local reason = meta.boot == '' and 'match_unclaimed' or 'room_failed'
  room_end(room, meta, reason, nil, { { relay = meta.relay, kind = 'moved', room = room, epoch = meta.epoch } })
  return 'ended'
end
local function expire_gathering()
  local list = gathered(room)
  if #list == 0 then
    gathering_close(room, meta)
    return 'disposed'
  end
  if meta.waiting > 0 and can_start(meta, #list) then
    return room_start(room, meta, list, relays, entropy) and 'started' or 'waiting'
  end
  gathering_settle('room_updated', room, meta, list)
  return 'gathering'
end

local function expire_matched()
  local match = room_read(meta.match)
  if not match or not string.find(match.groups or '', room, 1, true) then
    group_gather(room)
    return 'gathering'
  end
  meta.ttl_at = now + SETTINGS.room_ttl_ms
  rearm(meta)
  room_save(room, meta)
  return 'matched'
end

if meta.state == 'matched' then return expire_matched() end
if meta.state == 'gathering' then return expire_gathering() end
local list = members(room)
if #list >= start_min() and teams_ready(meta, list) then
  return room_start(room, meta, list, relays, entropy) and 'started' or 'waiting'
end
if #list == 0 then
  room_dispose(room, meta)
  emit('closed', { room = room })
  return 'disposed'
end
local target, target_meta = room_find(#list, room)
-- The groups of two rooms may not fit into the teams.
if target and not (team_count() and meta.groups) then return move_to(target, target_meta, list) end
return requeue_all(list)
