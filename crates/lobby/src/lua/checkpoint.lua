#!lua
-- checkpoint: what a relay saves of a running match every few seconds, in one step: the public
-- state (positions, presence, projectiles), the state from which another relay resumes, and the
-- inputs since the last checkpoint, for the replay. A sign of life of the room and of all players
-- online. A repeat changes nothing, and a chunk that begins where the last one began, after a lost
-- answer, replaces it.
-- KEYS[1..6] the pool's; KEYS[7] room:<room>; KEYS[8] its shadow; KEYS[9] projectile:<room>;
--   KEYS[10] checkpoint:<room>; KEYS[11] replay:<room>.
-- ARGV: 1 clock, 2 settings, 3 room, 4 relay, 5 epoch, 6 players as JSON [{player_id, x, y,
--   online}], 7 tick, 8 state (binary), 9 the journal's stream, 10 an id in it before all records
--   after the tick, 11 the tick after which the replay's chunk begins, 12 the chunk (binary), 13
--   the replay's header with the first checkpoint of a match, else '', 14 how much later than
--   usual the next checkpoint comes (ms), because the room sleeps, 15.. projectiles, each JSON.
-- Returns [written, tick] | [lost, tick]: written, but the replay had a gap and was dropped |
--   [behind, tick]: the lobby has this tick already, nothing was written | [stale, 0]: the room
--   does not belong to this relay and epoch, nothing was written.
--- @include "checkpoints"
--- @include "clock"
--- @include "deadlines"
--- @include "keys"
--- @include "player_alive"
--- @include "replays"
--- @include "room"
--- @include "settings"
local room, tick, from, chunk, header = ARGV[3], tonumber(ARGV[7]), tonumber(ARGV[11]), ARGV[12], ARGV[13]
local sleeps_ms = tonumber(ARGV[14])
local meta = room_read(room)
if not meta or meta.state ~= 'started' or meta.relay ~= ARGV[4] or meta.epoch ~= tonumber(ARGV[5]) or meta.boot == '' then
  return { 'stale', 0 }
end
local saved = saved_tick(room, meta)
local at = saved and replay_at(room, meta, saved, from, tick, chunk)
if saved and (tick < saved or (meta.replay == 'kept' and not at and from < saved)) then return { 'behind', saved } end

for _, seen in ipairs(cjson.decode(ARGV[6])) do
  local record = redis.call('HMGET', key('player', seen.player_id), 'state', 'room', 'epoch', 'away')
  if record[1] == 'playing' and record[2] == room and tonumber(record[3]) == meta.epoch then
    redis.call('HSET', key('player', seen.player_id), 'x', tostring(tonumber(seen.x) or 0), 'y', tostring(tonumber(seen.y) or 0),
      'online', seen.online and 1 or 0)
    if seen.online then player_alive(seen.player_id, { away = record[4] }) end
  end
end
redis.call('DEL', KEYS[9])
for i = 15, #ARGV, 100 do
  redis.call('RPUSH', KEYS[9], unpack(ARGV, i, math.min(i + 99, #ARGV)))
end

local replay = meta.replay
if not saved then
  replay, at = 'lost', 0
  redis.call('DEL', KEYS[11])
  if header ~= '' and SETTINGS.replay_ttl_ms > 0 then
    replay, at = 'kept', #header
    redis.call('SET', KEYS[11], header .. chunk)
  end
elseif replay == 'kept' and at then
  redis.call('SETRANGE', KEYS[11], at, chunk)
elseif replay == 'kept' then
  replay = 'lost'
  redis.call('DEL', KEYS[11])
end
redis.call('SET', KEYS[10], ARGV[8])
redis.call('HSET', KEYS[7], 'saved_epoch', ARGV[5], 'saved_tick', tick, 'saved_journal', ARGV[9], 'saved_after', ARGV[10],
  'replay', replay, 'replay_from', from, 'replay_at', at or 0)
if sleeps_ms > 0 then redis.call('HSET', KEYS[7], 'sleeps_ms', ARGV[14]) end
arm('room:' .. room, now + sleeps_ms + SETTINGS.claim_room_ms)
return { meta.replay == 'kept' and replay == 'lost' and 'lost' or 'written', tick }
