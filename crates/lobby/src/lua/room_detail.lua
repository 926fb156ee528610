#!lua flags=no-writes
-- room_detail: the details of a room, for operators. Unlike room_view, it is not a sign of life.
-- KEYS[1..6] the pool's. ARGV: 1 clock, 2 settings, 3 room.
-- Returns null without such a room, or {state, epoch, created_ms, ends_ms, relay?, region?, saved_tick?,
--   saved_age_ms?, saved_bytes?, match?, groups?, free?, bots, made?, members?}. ends_ms: when its deadline comes.
--   saved_*: of a checkpoint in this epoch. free: the seats that it offers to late players. made: {host, code,
--   visibility, seats, name, settings, meta, kicked, queued_ms?} of a room that a player made, settings and meta as
--   JSON texts. members: [{player_id, name, state, seat, online, joined_ms, team?}].
--- @include "checkpoints"
--- @include "clock"
--- @include "keys"
--- @include "members"
--- @include "player"
--- @include "pool"
--- @include "room"
--- @include "settings"
local room = ARGV[3]
local meta = room_read(room)
if not meta then return 'null' end

local list, bots = {}, 0
for i, member in ipairs(members(room)) do
  local record = player_read(member.id) or member.record
  list[i] = {
    player_id = member.id, name = record.name or '', state = record.state or '', seat = record.seat, online = record.online == '1',
    joined_ms = record.joined_timestamp or 0, team = tonumber(record.team or nil),
  }
end
for field in pairs(meta) do
  if string.sub(field, 1, 4) == 'bot:' then bots = bots + 1 end
end
local ends_ms = tonumber(redis.call('ZSCORE', DEADLINES, 'room:' .. room) or meta.ttl_at)
local answer = {
  state = meta.state, epoch = meta.epoch, created_ms = meta.created, ends_ms = ends_ms, relay = meta.relay ~= '' and meta.relay or nil,
  region = meta.region, match = meta.match, groups = meta.groups, free = meta.free, bots = bots, members = #list > 0 and list or nil,
}
if meta.state == 'started' and tonumber(meta.saved_epoch or nil) == meta.epoch and saved_tick(room, meta) then
  -- A checkpoint sets the deadline.
  local made_at = ends_ms - SETTINGS.claim_room_ms - (tonumber(meta.sleeps_ms or nil) or 0)
  answer.saved_tick, answer.saved_age_ms = saved_tick(room, meta), math.max(0, now - made_at)
  answer.saved_bytes = redis.call('STRLEN', key('checkpoint', room))
end
if meta.code then
  answer.made = {
    host = meta.host, code = meta.code, visibility = meta.visibility, seats = meta.seats, name = meta.name, settings = meta.settings,
    meta = meta.meta, kicked = meta.kicked, queued_ms = tonumber(meta.queued or nil),
  }
end
return cjson.encode(answer)
