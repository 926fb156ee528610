#!lua flags=allow-oom
-- expire_player: removes a player without a sign of life from queue, room or match, or deletes a tombstone. A player
-- whose lobby socket closed away_ms ago is first set aside: out of the queue or the waiting room, with their place
-- kept. In a room that a player made, they keep the seat for room_empty_ms, or group_silent_ms in the queue, and
-- become silent after host_silent_ms: then another player is the host.
-- KEYS[1..6] the pool's; KEYS[7] player:<player>; KEYS[8] its shadow. ARGV: 1 clock, 2 settings, 3
--   player, 4 '1' if a lobby socket of the player is open.
-- Returns none | aside | silent | expired | forgotten.
--- @include "aside"
--- @include "clock"
--- @include "deadlines"
--- @include "disarm"
--- @include "emit"
--- @include "gathering"
--- @include "keys"
--- @include "player"
--- @include "player_exit"
--- @include "pool"
--- @include "room"
--- @include "settings"
--- @include "unseat"
local player = ARGV[3]
if not is_overdue('player:' .. player) then return 'none' end
local record = player_read(player)
if not record and not redis.call('ZSCORE', DEADLINES, 'player:' .. player) then return 'none' end
if not is_live(record) then
  player_delete(player)
  return 'forgotten'
end

local function set_aside()
  arm('player:' .. player, now + tonumber(record.away))
  if ARGV[4] == '1' or record.state == 'playing' then
    redis.call('HDEL', key('player', player), 'away', 'silent')
    return 'none'
  end
  redis.call('ZREM', QUEUE, player)
  redis.call('ZADD', ASIDE, record.order, player)
  local room, inbox, notify_others = record.room, {}, function() end
  if room ~= '' then
    redis.call('HSET', key('player', player), 'state', 'queued', 'room', '', 'seat', '0', 'attempts', '0')
    inbox, notify_others = unseat(player, record)
  end
  emit('aside', { room = room ~= '' and room or nil, inbox = inbox })
  notify_others()
  return 'aside'
end

local meta = record.away and record.state == 'seated' and room_read(record.room)
local is_gathering = meta and meta.state == 'gathering'
local function fall_silent()
  redis.call('HSET', key('player', player), 'silent', '1')
  local kept_ms = meta.queued and SETTINGS.group_silent_ms or SETTINGS.room_empty_ms
  arm('player:' .. player, now + kept_ms - SETTINGS.host_silent_ms)
  local list = gathered(record.room)
  if host_settle(meta, list) then gathering_settle('host_changed', record.room, meta, list) end
  return 'silent'
end

if is_gathering and ARGV[4] ~= '1' then
  if not record.silent then return fall_silent() end
elseif record.away and not redis.call('ZSCORE', ASIDE, player) then
  return set_aside()
end
local room, release = record.room, player_bury(player, record, 'expired')
local inbox, notify_others = {}, function() end
if room ~= '' then inbox, notify_others = unseat(player, record, true) end
emit('expired', { room = room ~= '' and room or nil, inbox = inbox, release = { release }, tell = { {
  to = { player }, message = { type = 'removed', reason = 'expired', room_id = room ~= '' and room or nil },
} } })
notify_others()
return 'expired'
