-- Shared: how a player's record ends.
--- @include "aside"
--- @include "disarm"
--- @include "keys"
--- @include "pool"
--- @include "touch"

-- For a player who left: deletes the record.
local function player_delete(player)
  redis.call('ZREM', QUEUE, player)
  redis.call('ZREM', ASIDE, player)
  redis.call('DEL', key('player', player))
  disarm('player:' .. player)
end

-- For a player who is out without having left: the record becomes a tombstone that states the reason until its
-- deadline. Returns what the outbox must release.
local function player_bury(player, record, reason)
  player_delete(player)
  redis.call('HSET', key('player', player), 'state', 'out', 'reason', reason, 'room', '', 'name', record.name or '',
    'sid', record.sid or '0', 'nonce', record.nonce or '0')
  player_touch(player)
  return { player = player, nonce = record.nonce or '0' }
end
