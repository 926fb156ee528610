#!lua
-- room_update: what the players of a gathering room change: ready, and only the host: settings, host, kick, queue,
-- start. A sign of life.
-- KEYS[1..6] the pool's; KEYS[7] player:<player>; KEYS[8] its shadow.
-- ARGV: 1 clock, 2 settings, 3 player, 4 room, 5 ready | settings | host | kick | queue | start; then for ready and
--   queue: 6 '1' or '0'; for host and kick: 6 the other player; for settings: 6 JSON {visibility?, seats?, settings?,
--   meta?, name?} with settings and meta as JSON texts; for start: 6 candidates as JSON, 7 entropy, 8 how many bots
--   to add.
-- Returns {kind = done, code, host} | unknown | not_member | not_host | started | too_few | too_many: more players,
--   or players and bots, than seats; for queue: than a group may have | not_there: the other player is not in the
--   room | settings_invalid, setting, range?. Only `done` changed anything.
--- @include "clock"
--- @include "deadlines"
--- @include "emit"
--- @include "game_settings"
--- @include "gathering"
--- @include "group"
--- @include "group_dequeue"
--- @include "group_most"
--- @include "keys"
--- @include "kicked"
--- @include "player"
--- @include "player_alive"
--- @include "player_exit"
--- @include "pool"
--- @include "room"
--- @include "room_start"
--- @include "settings"
--- @include "wake"
--- @include "whole"
local player, room, action = ARGV[3], ARGV[4], ARGV[5]
local function refused(why) return cjson.encode(type(why) == 'table' and why or { kind = why }) end

local record, meta = player_read(player), room_read(room)
if is_live(record) then player_alive(player, record) end
if not meta or not meta.code then return refused('unknown') end
-- The player's group has seats in another room.
if meta.match and is_live(record) and record.room == meta.match then return refused('started') end
if not is_live(record) or record.room ~= room then return refused('not_member') end
if meta.state ~= 'gathering' then return refused('started') end
if action ~= 'ready' and meta.host ~= player then return refused('not_host') end

local list = gathered(room)
local function seated_there(other)
  for i, member in ipairs(list) do
    if member.id == other then return i, member end
  end
  return nil
end

local change = {}

function change.ready()
  local _, me = seated_there(player)
  me.ready = ARGV[6] == '1'
  redis.call('HSET', key('player', player), 'ready', ARGV[6])
  gathering_settle('room_updated', room, meta, list)
end

-- Nobody is ready for settings that they have not seen.
function change.settings()
  local new = cjson.decode(ARGV[6])
  if new.seats and new.seats < #list then return 'too_many' end
  local refusal = new.settings and settings_refused(new.settings)
  if refusal then return refusal end
  meta.was_listed = meta.visibility == 'listed'
  for field, value in pairs(new) do
    meta[field] = value
    redis.call('HSET', key('room', room), field, value)
  end
  for _, member in ipairs(list) do
    member.ready = false
    redis.call('HDEL', key('player', member.id), 'ready')
  end
  gathering_settle('room_updated', room, meta, list)
end

function change.host()
  if not seated_there(ARGV[6]) then return 'not_there' end
  meta.host = ARGV[6]
  gathering_settle('room_updated', room, meta, list)
end

function change.kick()
  local at, other = seated_there(ARGV[6])
  if not other or other.id == player then return 'not_there' end
  table.remove(list, at)
  redis.call('SREM', key('rooms', room), other.id)
  local release = player_bury(other.id, other.record, 'kicked')
  kicked_add(room, meta, other.id)
  emit('kicked', { room = room, release = { release }, tell = { {
    to = { other.id }, message = { type = 'removed', reason = 'kicked', room_id = room },
  } } })
  gathering_settle('room_updated', room, meta, list)
end

-- Puts the group into the queue, or takes it out. A silent player has group_silent_ms to return.
function change.queue()
  if ARGV[6] ~= '1' then
    group_dequeue(room, meta)
    return gathering_settle('room_updated', room, meta, list)
  end
  if #list > group_most() then return 'too_many' end
  if meta.queued then return end
  meta.queued, meta.waiting = whole(now), 0
  redis.call('HSET', key('room', room), 'queued', meta.queued)
  redis.call('ZADD', QUEUE, meta.queued, group_entry(room))
  for _, member in ipairs(list) do
    local at = now + SETTINGS.group_silent_ms - SETTINGS.host_silent_ms
    local name = 'player:' .. member.id
    if member.silent and tonumber(redis.call('ZSCORE', DEADLINES, name) or 0) > at then arm(name, at) end
  end
  wake()
  gathering_settle('room_updated', room, meta, list)
end

-- Without a live relay the room starts when one appears, as long as it has enough players.
function change.start()
  meta.bots = tonumber(ARGV[8])
  if #list + meta.bots > meta.seats then return 'too_many' end
  if not can_start(meta, #list) then return 'too_few' end
  group_dequeue(room, meta)
  redis.call('HSET', key('room', room), 'bots', ARGV[8])
  room_start(room, meta, list, cjson.decode(ARGV[6]), ARGV[7])
end

local refusal = change[action]()
if refusal then return refused(refusal) end
return cjson.encode({ kind = 'done', code = meta.code, host = meta.host })
