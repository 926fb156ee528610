#!lua flags=allow-oom
-- relay_decide: a relay whose lease ran out gives its rooms to other live ones, with a new epoch; without one, again in 1 s,
-- until one comes, or the rooms' own deadlines do (claim_room_ms after the last checkpoint), which ends them.
-- KEYS[1..6] the pool's; KEYS[7] relay:<relay> of the pool.
-- ARGV: 1 clock, 2 settings, 3 relay, 4 live relays as JSON [{id, url, rooms, capacity}].
-- Returns how many rooms moved, or -1 when nothing was due.
local relay, relays = ARGV[3], cjson.decode(ARGV[4])
local member = 'relay:' .. relay
if not redis.call('ZSCORE', DEADLINES, member) or not due(member) then return -1 end

local moved, left = 0, false
for _, room in ipairs(redis.call('SMEMBERS', key.relay(relay))) do
  local meta = room_read(room)
  local target = meta and meta.relay == relay and relay_pick(relays)
  if target then
    local inbox = { { relay = relay, kind = 'moved', room = room, epoch = meta.epoch } }
    local list = members(room)
    room_give(room, meta, target, list)
    emit_match('match_moved', room, list, inbox)
    moved = moved + 1
  elseif meta and meta.relay == relay then
    left = true
  else
    redis.call('SREM', key.relay(relay), room)
  end
end
if left then
  redis.call('ZADD', DEADLINES, now + 1000 + DEAD, member)
else
  redis.call('ZREM', DEADLINES, member)
end
return moved
