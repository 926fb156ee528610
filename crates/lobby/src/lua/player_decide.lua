#!lua flags=allow-oom
-- player_decide: a player without a sign of life leaves queue, room or match, and is told; a tombstone goes.
-- KEYS[1..6] the pool's; KEYS[7] player:<player>; KEYS[8] its shadow. ARGV: 1 clock, 2 settings, 3 player.
-- Returns none | expired | forgotten.
local player = ARGV[3]
if not due('player:' .. player) then return 'none' end
local record = player_read(player)
if not record and not redis.call('ZSCORE', DEADLINES, 'player:' .. player) then return 'none' end
if not is_live(record) then
  player_delete(player)
  return 'forgotten'
end
local room, release = record.room, player_bury(player, record, 'expired')
local inbox, tell_others = {}, function() end
if room ~= '' then inbox, tell_others = unseat(player, record) end
emit('expired', { room = room ~= '' and room or nil, inbox = inbox, release = { release }, tell = { {
  to = { player }, message = { type = 'told', reason = 'expired', room_id = room ~= '' and room or nil },
} } })
tell_others()
return 'expired'
