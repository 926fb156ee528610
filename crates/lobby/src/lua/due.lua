#!lua flags=allow-oom
-- due: what must be decided now. Marks that deadlines were looked at, and spares leases after a pause (shared/watch.lua).
-- KEYS[1..6] the pool's. ARGV: 1 clock, 2 settings, 3 how many.
-- Returns {members = [{member, generation}], more}: generation of a room, else 0.
mark_checked()
local limit, list = tonumber(ARGV[3]), {}
local found = redis.call('ZRANGEBYSCORE', DEADLINES, '-inf', now, 'LIMIT', 0, limit + 1)
for i = 1, math.min(limit, #found) do
  local room = string.match(found[i], '^room:(.*)$')
  local generation = room and redis.call('HGET', key.room(room), 'generation')
  list[i] = { found[i], tonumber(generation or 0) or 0 }
end
if #list == 0 then return '{"members":[],"more":false}' end
return cjson.encode({ members = list, more = #found > limit })
