#!lua flags=allow-oom
-- room_view: a room as its members may see it. Counts as a sign of life of the caller.
-- KEYS[1..6] the pool's; KEYS[7] room:<room>; KEYS[8] rooms:<room>; KEYS[9] projectile:<room>.
-- ARGV: 1 clock, 2 settings, 3 room, 4 the asking player.
-- Returns {kind = unknown | not_member} or {kind = room, state, seats_min, seats_max, expires_at_ms?,
--   players = [{player_id, sid, name, x, y, colors, joined_timestamp, online, ttl, ready?}],
--   projectiles = [JSON text], made?}. expires_at_ms: before the match. made and ready: of a room that a
--   player made; made: {host, code, visibility, bots, name, queued_at_ms?} and settings and meta as JSON
--   texts.
--- @include "clock"
--- @include "members"
--- @include "player"
--- @include "player_alive"
--- @include "pool"
--- @include "room"
--- @include "settings"
local room = ARGV[3]
local asker = player_read(ARGV[4])
if is_live(asker) then player_alive(ARGV[4], asker) end
local meta = room_read(room)
if not meta then return '{"kind":"unknown"}' end
if redis.call('SISMEMBER', KEYS[8], ARGV[4]) == 0 then return '{"kind":"not_member"}' end

-- Returns nil in a room that the queue made.
local function readiness(record)
  if not meta.code then return nil end
  return record.ready == '1'
end

local players = {}
for i, member in ipairs(members(room)) do
  local record = player_read(member.id) or member.record
  local at = tonumber(redis.call('ZSCORE', DEADLINES, 'player:' .. member.id) or now)
  players[i] = {
    player_id = member.id, sid = record.sid or '0', name = record.name or '', x = tonumber(record.x) or 0,
    y = tonumber(record.y) or 0, colors = cjson.decode(record.colors or '[]'), joined_timestamp = record.joined_timestamp or 0,
    online = record.online == '1', ready = readiness(record), ttl = math.max(0, math.ceil((at - now) / 1000)),
  }
end
local made = meta.code and {
  host = meta.host, code = meta.code, visibility = meta.visibility, bots = meta.bots, name = meta.name,
  settings = meta.settings, meta = meta.meta, queued_at_ms = tonumber(meta.queued or nil),
} or nil
local projectiles = redis.call('LRANGE', KEYS[9], 0, -1)
return cjson.encode({
  kind = 'room', state = meta.state, seats_min = SETTINGS.seats_min, seats_max = made and meta.seats or SETTINGS.seats_max,
  expires_at_ms = meta.state ~= 'started' and meta.ttl_at or nil, players = players,
  projectiles = #projectiles > 0 and projectiles or nil, made = made,
})
