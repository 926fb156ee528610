#!lua flags=no-writes
-- pool_counts: the part of a pool's state that needs no walk over its rooms, for operators.
-- KEYS[1..6] the pool's. ARGV: 1 clock, 2 settings.
-- Returns {queued, aside, outbox_length, outbox_oldest_ms, closed?, bridge?}. queued: entries of the queue, players and
--   groups. closed: why an operator closed the pool. bridge: the relay that holds the bridge lease.
--- @include "aside"
--- @include "clock"
--- @include "lane_key"
--- @include "pool"
--- @include "settings"
local length, oldest_ms = 0, 0
for lane = 0, SETTINGS.outbox_lanes - 1 do
  length = length + redis.call('XLEN', lane_key(lane))
  local first = redis.call('XRANGE', lane_key(lane), '-', '+', 'COUNT', '1')[1]
  if first then oldest_ms = math.max(oldest_ms, now - tonumber(string.match(first[1], '^%d+'))) end
end
return cjson.encode({
  queued = redis.call('ZCARD', QUEUE), aside = redis.call('ZCARD', ASIDE), outbox_length = length, outbox_oldest_ms = oldest_ms,
  closed = redis.call('GET', TAG .. 'closed') or nil, bridge = redis.call('GET', TAG .. 'bridge') or nil,
})
