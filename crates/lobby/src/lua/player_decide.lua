#!lua flags=allow-oom
-- player_decide: a player without a sign of life leaves queue, room or match, and is told; a tombstone goes. A player whose
-- lobby socket closed AWAY_MS ago is set aside first: out of the queue or the waiting room, with their place kept.
-- KEYS[1..6] the pool's; KEYS[7] player:<player>; KEYS[8] its shadow. ARGV: 1 clock, 2 settings, 3 player, 4 '1' when a lobby
--   socket of the player is open.
-- Returns none | aside | expired | forgotten.
local player = ARGV[3]
if not due('player:' .. player) then return 'none' end
local record = player_read(player)
if not record and not redis.call('ZSCORE', DEADLINES, 'player:' .. player) then return 'none' end
if not is_live(record) then
  player_delete(player)
  return 'forgotten'
end

local function set_aside()
  arm('player:' .. player, now + tonumber(record.away))
  if ARGV[4] == '1' or record.state == 'playing' then
    redis.call('HDEL', key.player(player), 'away')
    return 'none'
  end
  redis.call('ZREM', QUEUE, player)
  redis.call('ZADD', ASIDE, record.order, player)
  local room, inbox, tell_others = record.room, {}, function() end
  if room ~= '' then
    redis.call('HSET', key.player(player), 'state', 'queued', 'room', '', 'seat', '0', 'attempts', '0')
    inbox, tell_others = unseat(player, record)
  end
  emit('aside', { room = room ~= '' and room or nil, inbox = inbox })
  tell_others()
  return 'aside'
end

if record.away and not redis.call('ZSCORE', ASIDE, player) then return set_aside() end
local room, release = record.room, player_bury(player, record, 'expired')
local inbox, tell_others = {}, function() end
if room ~= '' then inbox, tell_others = unseat(player, record) end
emit('expired', { room = room ~= '' and room or nil, inbox = inbox, release = { release }, tell = { {
  to = { player }, message = { type = 'removed', reason = 'expired', room_id = room ~= '' and room or nil },
} } })
tell_others()
return 'expired'
