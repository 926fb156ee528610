-- Shared: how a player returns from a room to the queue.
--- @include "keys"
--- @include "pool"

-- To the front: the player keeps the waiting time. The caller wakes the bridge and notifies the player.
local function requeue(player, order)
  redis.call('HDEL', key('player', player), 'late', 'team')
  redis.call('HSET', key('player', player), 'state', 'queued', 'room', '', 'seat', '0', 'attempts', '0')
  redis.call('ZADD', QUEUE, order, player)
end

local function requeued(players, reason)
  return { to = players, message = { type = 'requeued', pool = POOL, reason = reason } }
end
