#!lua flags=allow-oom
-- match_finish: a relay ends a match. The first call adds the scores to the leaderboards, removes and notifies the
-- players, and disposes of the room. A late player without a score returns to the queue, with their group. Every
-- player who was in the match at its start has a score, even after a forfeit. A bot's score does not count for the
-- pool.
-- KEYS[1..6] the pool's; KEYS[7] room:<room>; KEYS[8] its shadow; KEYS[9] rooms:<room>; KEYS[10]
--   leaderboard; KEYS[11] leaderboard:<room>; KEYS[12] names; KEYS[13]
--   request:<relay>:finish.<room>.<epoch>; KEYS[14] replay:<room>; KEYS[15] names:<room>.
-- ARGV: 1 clock, 2 settings, 3 room, 4 relay, 5 epoch, 6 match_over | room_failed | settings_invalid, 7 scores as JSON
--   [{player_id, score, rank, stats?}], 8 the tick after which the replay's last chunk begins, 9 the
--   match's last tick, 10 the chunk (binary).
-- Returns done | lost: done, but the replay had a gap and was dropped | again | stale.
--- @include "checkpoints"
--- @include "emit"
--- @include "groups_close"
--- @include "is_bot"
--- @include "keys"
--- @include "members"
--- @include "replays"
--- @include "requeue"
--- @include "room"
--- @include "room_end"
--- @include "roster"
--- @include "settings"
--- @include "wake"
local room, reason = ARGV[3], ARGV[6]
-- The most players that one match removes from the leaderboard: a leaderboard that is too long becomes shorter match
-- by match.
local FALL_OFF_MAX = 100
if redis.call('EXISTS', KEYS[13]) == 1 then return 'again' end
local meta = room_read(room)
if not meta or meta.state ~= 'started' or meta.relay ~= ARGV[4] or meta.epoch ~= tonumber(ARGV[5]) then return 'stale' end

-- Whether the replay is complete; if so, it is kept for replay_ttl_ms.
local function close_replay()
  local saved, from, to, chunk = saved_tick(room, meta), tonumber(ARGV[8]), tonumber(ARGV[9]), ARGV[10]
  local at = saved and replay_at(room, meta, saved, from, to, chunk)
  if not at then return false end
  redis.call('SETRANGE', KEYS[14], at, chunk)
  redis.call('PEXPIRE', KEYS[14], SETTINGS.replay_ttl_ms)
  return true
end

local roster = {}
for _, face in ipairs(cjson.decode(meta.roster)) do roster[face.player_id] = face.name end
local scores = {}
for _, score in ipairs(cjson.decode(ARGV[7])) do
  if roster[score.player_id] then
    score.name = roster[score.player_id]
    roster[score.player_id] = nil
    scores[#scores + 1] = score
  end
end
-- Limits the leaderboard to the best leaderboard_max players: removes the last ones, except players who have just
-- scored. The room's own leaderboard has its own names, so it is not affected.
local function bound_board(just_scored)
  local over = math.min(redis.call('ZCARD', KEYS[10]) - SETTINGS.leaderboard_max, FALL_OFF_MAX)
  if over <= 0 then return end
  for _, player in ipairs(redis.call('ZRANGE', KEYS[10], 0, over + #scores - 1)) do
    if over > 0 and not just_scored[player] then
      redis.call('ZREM', KEYS[10], player)
      redis.call('HDEL', KEYS[12], player)
      over = over - 1
    end
  end
end

local just_scored = {}
for _, score in ipairs(scores) do
  just_scored[score.player_id] = true
  if not is_bot(score.player_id) then
    redis.call('ZINCRBY', KEYS[10], score.score, score.player_id)
    redis.call('HSET', KEYS[12], score.player_id, score.name)
  end
  redis.call('ZADD', KEYS[11], score.score, score.player_id)
  redis.call('HSET', KEYS[15], score.player_id, score.name)
  if score.stats then
    redis.call('HSET', KEYS[15], 'stats:' .. score.player_id, cjson.encode(score.stats))
  end
end
if #scores > 0 then
  redis.call('PEXPIRE', KEYS[11], SETTINGS.room_leaderboard_ttl_ms)
  redis.call('PEXPIRE', KEYS[15], SETTINGS.room_leaderboard_ttl_ms)
end
bound_board(just_scored)
redis.call('SET', KEYS[13], reason, 'PX', SETTINGS.answer_ttl_ms)
-- A late player who joined when the match was already over in the relay has played no tick: they return to the front
-- of the queue. The late players of a group wait again together, in the group's own room.
local function requeue_unplayed()
  local unplayed = {}
  for _, member in ipairs(members(room)) do
    if redis.call('HEXISTS', key('player', member.id), 'late') == 1 and not just_scored[member.id] then
      redis.call('SREM', KEYS[9], member.id)
      redis.call('HDEL', key('player', member.id), 'late', 'team')
      member.record.team = nil
      unplayed[#unplayed + 1] = member
    end
  end
  if #unplayed == 0 then return end
  wake()
  unplayed = groups_requeue(meta, unplayed)
  if #unplayed == 0 then return end
  for _, member in ipairs(unplayed) do requeue(member.id, member.record.order) end
  emit('requeued', { room = room, tell = { requeued(ids(unplayed), 'match_over') } })
end

local message = nil
if reason == 'match_over' then
  if meta.late_until then requeue_unplayed() end
  meta.keeps_replay = close_replay()
  message = { type = 'match_over', room_id = room, scores = #scores > 0 and scores or nil }
end
room_end(room, meta, reason, message)
return meta.replay == 'kept' and reason == 'match_over' and not meta.keeps_replay and 'lost' or 'done'
