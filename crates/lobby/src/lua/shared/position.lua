-- Shared: places in the queue.
--- @include "pool"

local function position(player)
  local rank = redis.call('ZRANK', QUEUE, player)
  return rank and rank + 1 or nil
end

local function emit_queued(player, place)
  redis.call('XADD', OUTBOX, '*', 'kind', 'queued', 'entry', '{"tell":[{"to":[' .. cjson.encode(player) ..
    '],"message":{"type":"queued","pool":"' .. POOL .. '","position":' .. place .. '}}]}')
end
