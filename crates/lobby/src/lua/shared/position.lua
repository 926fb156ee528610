-- Shared: places in the queue.
--- @include "outbox_add"
--- @include "pool"

local function position(player)
  local rank = redis.call('ZRANK', QUEUE, player)
  return rank and rank + 1 or nil
end

local function emit_queued(player, place)
  outbox_add('queued', '{"tell":[{"to":[' .. cjson.encode(player) ..
    '],"message":{"type":"queued","pool":"' .. POOL .. '","position":' .. place .. '}}]}')
end
