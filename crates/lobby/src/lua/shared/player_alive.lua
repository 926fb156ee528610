-- Shared: signs of life of live players.
--- @include "aside"
--- @include "clock"
--- @include "deadlines"
--- @include "keys"
--- @include "pool"
--- @include "position"
--- @include "touch"
--- @include "wake"
--- @include "whole"

-- A sign of life. A player who was set aside returns to the same place in the queue. The room of a player who was
-- silent chooses its host again.
local function player_alive(player, record)
  if record.away then
    redis.call('HDEL', key('player', player), 'away', 'silent')
    if record.silent and record.state == 'seated' then arm('room:' .. record.room, now) end
    if redis.call('ZREM', ASIDE, player) == 1 then
      redis.call('ZADD', QUEUE, record.order, player)
      wake()
      emit_queued(player, whole(position(player)))
    end
  end
  player_touch(player)
end
