#!lua flags=allow-oom
-- expire_relay: gives the rooms of a relay whose lease ran out to live relays, of the same region if possible, with a
-- new epoch. Without a live relay it tries again after 1 s, until there is one, or until the rooms' own deadlines
-- (claim_room_ms after the last checkpoint) end them. If the relay has renewed its lease in the meantime, its rooms
-- stay.
-- KEYS[1..6] the pool's; KEYS[7] relay:<relay> of the pool.
-- ARGV: 1 clock, 2 settings, 3 relay, 4 candidates as JSON (see relay_candidates), 5 '1' if it is live, 6 until when
--   that reading is valid (ms): a relay that was only paused may have renewed its lease since.
-- Returns {moved, given (see relays_given)}; moved: how many rooms, or -1 if the relay was not overdue.
--- @include "clock"
--- @include "disarm"
--- @include "keys"
--- @include "late"
--- @include "match_messages"
--- @include "members"
--- @include "pool"
--- @include "region"
--- @include "relay_pick"
--- @include "room"
--- @include "room_give"
local relay, relays = ARGV[3], {}
local member = 'relay:' .. relay
local is_due = redis.call('ZSCORE', DEADLINES, member) and is_overdue(member)
if now > tonumber(ARGV[6]) then return '{"moved":-1,"given":{}}' end
if not is_due or ARGV[5] == '1' then
  if is_due then redis.call('ZREM', DEADLINES, member) end
  return '{"moved":-1,"given":{}}'
end
for _, other in ipairs(cjson.decode(ARGV[4])) do
  if other.id ~= relay then relays[#relays + 1] = other end
end

local moved, left = 0, false
for _, room in ipairs(redis.call('SMEMBERS', key('relay', relay))) do
  local meta = room_read(room)
  local is_owned = meta and meta.relay == relay
  local list = is_owned and members(room)
  local target = is_owned and relay_for_move(relays, meta, list)
  if target then
    local inbox = { { relay = relay, kind = 'moved', room = room, epoch = meta.epoch } }
    room_give(room, meta, target, list)
    emit_match('match_moved', room, meta, list, inbox)
    moved = moved + 1
  elseif is_owned then
    late_withdraw(room, meta)
    left = true
  else
    redis.call('SREM', key('relay', relay), room)
  end
end
if left then
  redis.call('ZADD', DEADLINES, now + 1000, member)
else
  redis.call('ZREM', DEADLINES, member)
end
return cjson.encode({ moved = moved, given = relays_given(relays) })
