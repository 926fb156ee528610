#!lua flags=allow-oom
-- expire_due: the overdue rooms, players and relays. Records that the deadlines were polled
-- (shared/poll_gap.lua).
-- KEYS[1..6] the pool's. ARGV: 1 clock, 2 settings, 3 how many, 4.. relays whose lease ran out.
-- Returns {members = [{member, generation}], more}: the generation of a room, else 0.
--- @include "clock"
--- @include "keys"
--- @include "poll_gap"
--- @include "pool"
--- @include "relays_due"
mark_checked()
relays_due(4)
local limit, list = tonumber(ARGV[3]), {}
local found = redis.call('ZRANGEBYSCORE', DEADLINES, '-inf', now, 'LIMIT', 0, limit + 1)
for i = 1, math.min(limit, #found) do
  local room = string.match(found[i], '^room:(.*)$')
  local generation = room and redis.call('HGET', key('room', room), 'generation')
  list[i] = { found[i], tonumber(generation or 0) or 0 }
end
if #list == 0 then return '{"members":[],"more":false}' end
return cjson.encode({ members = list, more = #found > limit })
