#!lua flags=allow-oom
-- hand_over: a relay that stops gives a room that it has claimed to another live relay, of the same region if
-- possible, with a new epoch. The players are notified. The answer has a seat ticket for each player, so that the
-- relay can redirect them immediately. A repeat gets the same answer.
-- KEYS[1..6] the pool's; KEYS[7] room:<room>; KEYS[8] its shadow; KEYS[9] rooms:<room>; KEYS[10]
--   request:<relay>:hand_over.<room>.<epoch>.
-- ARGV: 1 clock, 2 settings, 3 room, 4 relay, 5 epoch, 6 candidates as JSON (see relay_candidates), 7 entropy.
-- Returns {kind = moved, relay, region?, url, webtransport?, epoch, tickets? = {player = ticket}} | {kind = nowhere}:
--   there is no other relay, nothing was written | {kind = stale}: the room does not belong to this relay and epoch,
--   nothing was written.
--- @include "match_messages"
--- @include "members"
--- @include "region"
--- @include "room"
--- @include "room_give"
--- @include "settings"
--- @include "ticket_mint"
local room, relay, entropy = ARGV[3], ARGV[4], ARGV[7]
local before = redis.call('GET', KEYS[10])
if before then return before end
local meta = room_read(room)
if not meta or meta.state ~= 'started' or meta.relay ~= relay or meta.epoch ~= tonumber(ARGV[5]) or meta.boot == '' then
  return '{"kind":"stale"}'
end
local others = {}
for _, other in ipairs(cjson.decode(ARGV[6])) do
  if other.id ~= relay then others[#others + 1] = other end
end
local list, tickets = members(room), {}
local target = relay_for_move(others, meta, list)
if not target then return '{"kind":"nowhere"}' end

room_give(room, meta, target, list)
for _, member in ipairs(list) do
  local ticket = string.sub(redis.sha1hex(entropy .. member.id), 1, 32)
  tickets[member.id] = ticket_mint(member.id, room, meta, ticket).ticket
end
emit_match('match_moved', room, meta, list)
local answer = cjson.encode({
  kind = 'moved', relay = meta.relay, region = meta.region, url = meta.url,
  webtransport = meta.webtransport and cjson.decode(meta.webtransport), epoch = meta.epoch,
  tickets = next(tickets) and tickets or nil,
})
redis.call('SET', KEYS[10], answer, 'PX', SETTINGS.ticket_ttl_ms)
return answer
