-- Shared: when the deadlines were last polled, and the effect of a pause or a jump of the clock. Forward by more than
-- poll_gap_max_ms: Redis paused, its clock was set forward, or no bridge was active. In that time no player could
-- give a sign of life and no relay could write a checkpoint, so deadlines that ran out are extended once. Backward by
-- as much: the clock was set back. Times in the future of the new clock are set back by the same time.
--- @include "aside"
--- @include "bots_fill"
--- @include "clock"
--- @include "group"
--- @include "keys"
--- @include "lease_flags"
--- @include "pool"
--- @include "settings"
--- @include "whole"

local CHECKED = TAG .. 'checked'

-- The new deadline of a member that is due at `at`; nil if it is not extended.
local function spared(member, at, gap)
  local kind, id = string.match(member, '^(%a+):(.*)$')
  if kind == 'player' then
    local state = redis.call('HGET', key('player', id), 'state')
    return state and state ~= 'out' and at + gap or nil
  end
  if kind == 'relay' or at > now + SETTINGS.relay_lease_ms then return nil end
  if redis.call('HGET', key('room', id), 'state') ~= 'started' then return nil end
  return now + math.min(SETTINGS.pause_grace_ms, SETTINGS.claim_room_ms)
end

local function spare(gap)
  local until_ms = now + math.max(SETTINGS.relay_lease_ms, math.min(gap, SETTINGS.player_ttl_ms))
  local soon = redis.call('ZRANGEBYSCORE', DEADLINES, '-inf', until_ms, 'WITHSCORES')
  for i = 1, #soon, 2 do
    local at = tonumber(soon[i + 1])
    local later = at == math.floor(at) and spared(soon[i], at, gap)
    if later then redis.call('ZADD', DEADLINES, math.max(later, at) + SPARED, soon[i]) end
  end
end

-- A time more than `span` ms ahead was set before the clock was set back: it is set back too.
local function back(at, span, by)
  if at <= now + span then return at end
  return math.min(at - by, now + span)
end

-- The place in the queue is set back with the clock; otherwise no player would be seated until the clock has caught
-- up.
local function player_back(player, by)
  local record = redis.call('HMGET', key('player', player), 'state', 'order', 'joined_timestamp')
  if not record[2] then return end
  redis.call('HSET', key('player', player), 'order', whole(tonumber(record[2]) - by), 'joined_timestamp',
    whole(tonumber(record[3]) - by))
  if record[1] ~= 'queued' then return end
  redis.call('ZADD', QUEUE, 'XX', 'INCR', whole(-by), player)
  redis.call('ZADD', ASIDE, 'XX', 'INCR', whole(-by), player)
end

-- Sets back the times of a room that has not started, and returns its new deadline. nil: the room has started, or
-- waits for a relay.
local function room_back(room, by)
  local meta = redis.call('HMGET', key('room', room), 'state', 'countdown_at', 'ttl_at', 'waiting', 'queued')
  if meta[5] then
    redis.call('HINCRBY', key('room', room), 'queued', whole(-by))
    redis.call('ZADD', QUEUE, 'XX', 'INCR', whole(-by), group_entry(room))
  end
  if meta[1] ~= 'open' and meta[1] ~= 'gathering' then return nil end
  local longest = math.max(SETTINGS.countdown_ms, fill_to() and SETTINGS.after_ms or 0)
  local countdown_at = back(tonumber(meta[2]), longest, by)
  local ttl_at = back(tonumber(meta[3]), SETTINGS.room_ttl_ms, by)
  redis.call('HSET', key('room', room), 'countdown_at', whole(countdown_at), 'ttl_at', whole(ttl_at))
  if meta[4] ~= '0' then return nil end
  return countdown_at > 0 and math.min(countdown_at, ttl_at) or ttl_at
end

local function clock_back(by)
  local all = redis.call('ZRANGE', DEADLINES, 0, -1, 'WITHSCORES')
  for i = 1, #all, 2 do
    local member, at = all[i], tonumber(all[i + 1])
    local kind, id = string.match(member, '^(%a+):(.*)$')
    local later
    if kind == 'player' then
      player_back(id, by)
      later = back(at, SETTINGS.player_ttl_ms, by)
    elseif kind == 'relay' then
      later = back(at, SETTINGS.relay_lease_ms, by)
    else
      local sleeps_ms = tonumber(redis.call('HGET', key('room', id), 'sleeps_ms') or 0)
      later = room_back(id, by) or back(at, sleeps_ms + SETTINGS.claim_room_ms, by)
    end
    if later ~= at then redis.call('ZADD', DEADLINES, later, member) end
  end
end

local function mark_checked()
  local last = tonumber(redis.call('GET', CHECKED) or '')
  if last and now - last > SETTINGS.poll_gap_max_ms then
    spare(now - last)
  elseif last and last - now > SETTINGS.poll_gap_max_ms then
    clock_back(last - now)
  end
  redis.call('SET', CHECKED, whole(now))
end
