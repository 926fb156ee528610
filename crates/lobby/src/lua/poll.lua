#!lua flags=allow-oom
-- poll: which functions have work in this pool. Records that the deadlines were polled
-- (shared/poll_gap.lua).
-- KEYS[1..6] the pool's; KEYS[7] outbox:lease. ARGV: 1 clock, 2 settings, 3.. relays whose lease ran out.
-- Returns {assign, expire, deliver, queued, rooms_open, oldest_ms, without = those of the relays that own no rooms here}.
--- @include "clock"
--- @include "group"
--- @include "keys"
--- @include "poll_gap"
--- @include "pool"
--- @include "relays_due"
mark_checked()
local without = relays_due(3)
-- Whether a watcher has not got the last change of the list of rooms.
local version = redis.call('GET', key('listed', 'version')) or '0'
local is_watched = redis.call('ZCOUNT', key('listed', 'watchers'), '-inf', '(' .. version) > 0
local first = redis.call('ZRANGE', QUEUE, 0, 0)[1]
local group = first and group_of(first)
local since = now
if group then
  since = tonumber(redis.call('HGET', key('room', group), 'queued') or now)
elseif first then
  since = tonumber(redis.call('HGET', key('player', first), 'joined_timestamp') or now)
end
return cjson.encode({
  assign = redis.call('ZCOUNT', QUEUE, '-inf', now) > 0,
  expire = redis.call('ZCOUNT', DEADLINES, '-inf', now) > 0,
  deliver = is_watched or redis.call('XLEN', OUTBOX) > 0 and redis.call('EXISTS', KEYS[7]) == 0,
  queued = redis.call('ZCARD', QUEUE),
  rooms_open = redis.call('ZCARD', AVAILABLE),
  oldest_ms = math.max(0, now - since),
  without = #without > 0 and without or nil,
})
