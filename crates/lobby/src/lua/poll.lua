#!lua flags=allow-oom
-- poll: which functions have work in this pool. Records that the deadlines were polled (shared/poll_gap.lua).
-- KEYS[1..6] the pool's. ARGV: 1 clock, 2 settings, 3.. relays whose lease ran out.
-- Returns {assign, expire, deliver, queued, rooms_open, oldest_ms, without = those of the relays that own no rooms
--   here}. deliver: the lanes that have work; nil if none has.
--- @include "clock"
--- @include "group"
--- @include "keys"
--- @include "lanes_due"
--- @include "poll_gap"
--- @include "pool"
--- @include "relays_due"
--- @include "settings"
mark_checked()
local without = relays_due(3)
local deliver = lanes_due(SETTINGS.outbox_lanes)
-- If a watcher has not received the last change of the list of rooms, the delivery of lane 0 notifies them.
local version = redis.call('GET', key('listed', 'version')) or '0'
local is_watched = redis.call('ZCOUNT', key('listed', 'watchers'), '-inf', '(' .. version) > 0
if is_watched and deliver[1] ~= 0 then table.insert(deliver, 1, 0) end
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
  deliver = #deliver > 0 and deliver or nil,
  queued = redis.call('ZCARD', QUEUE),
  rooms_open = redis.call('ZCARD', AVAILABLE),
  oldest_ms = math.max(0, now - since),
  without = #without > 0 and without or nil,
})
