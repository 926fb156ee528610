-- Shared by the scripts that look at deadlines: when somebody last did, and what a clock that stood still or jumped changes.
-- Forward by more than a second: Redis paused, its clock was set forward, or every bridge was away. Nobody could renew a lease
-- or give a sign of life in that time, so those that ran out are re-armed once (the half millisecond marks it) instead of being
-- decided as if every relay and every player were gone.
-- Backward by more than a second: the clock was set back. What lies in the future of the new clock is set back with it.
local CHECKED = TAG .. 'checked'
local PAUSE_MS, LEASE_MS, GRACE_MS = 1000, 1500, 5000

-- The new deadline of a member that is due at `at`; nil when it is decided as it is.
local function spared(member, at, gap)
  local kind, id = string.match(member, '^(%a+):(.*)$')
  if kind == 'player' then
    local state = redis.call('HGET', key.player(id), 'state')
    return state and state ~= 'out' and at + gap or nil
  end
  if at > now + LEASE_MS then return nil end
  if kind == 'relay' then return now + LEASE_MS end
  if redis.call('HGET', key.room(id), 'state') ~= 'started' then return nil end
  return now + math.min(GRACE_MS, SETTINGS.claim_room_ms)
end

local function spare(gap)
  local until_ms = now + math.max(LEASE_MS, math.min(gap, SETTINGS.player_ttl_ms))
  local soon = redis.call('ZRANGEBYSCORE', DEADLINES, '-inf', until_ms, 'WITHSCORES')
  for i = 1, #soon, 2 do
    local at = tonumber(soon[i + 1])
    local later = at == math.floor(at) and spared(soon[i], at, gap)
    if later then redis.call('ZADD', DEADLINES, math.max(later, at) + 0.5, soon[i]) end
  end
end

-- A time further ahead than `span` ms was set before the clock went back: it is set back, too.
local function back(at, span, by)
  if at <= now + span then return at end
  return math.min(at - by, now + span)
end

-- The place in the line goes back with the clock, or nobody would be seated until it has caught up.
local function player_back(player, by)
  local record = redis.call('HMGET', key.player(player), 'state', 'order', 'joined_timestamp')
  if not record[2] then return end
  redis.call('HSET', key.player(player), 'order', whole(tonumber(record[2]) - by), 'joined_timestamp',
    whole(tonumber(record[3]) - by))
  if record[1] ~= 'queued' then return end
  redis.call('ZADD', QUEUE, 'XX', 'INCR', whole(-by), player)
  redis.call('ZADD', ASIDE, 'XX', 'INCR', whole(-by), player)
end

-- The moments that an open room holds go back; returns when it is due. nil: it started, or waits for a relay.
local function room_back(room, by)
  local meta = redis.call('HMGET', key.room(room), 'state', 'countdown_at', 'ttl_at', 'waiting')
  if meta[1] ~= 'open' then return nil end
  local countdown_at = back(tonumber(meta[2]), SETTINGS.countdown_ms, by)
  local ttl_at = back(tonumber(meta[3]), SETTINGS.room_ttl_ms, by)
  redis.call('HSET', key.room(room), 'countdown_at', whole(countdown_at), 'ttl_at', whole(ttl_at))
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
      later = back(at, LEASE_MS, by)
    else
      later = room_back(id, by) or back(at, SETTINGS.claim_room_ms, by)
    end
    if later ~= at then redis.call('ZADD', DEADLINES, later, member) end
  end
end

local function mark_checked()
  local last = tonumber(redis.call('GET', CHECKED) or '')
  if last and now - last > PAUSE_MS then
    spare(now - last)
  elseif last and last - now > PAUSE_MS then
    clock_back(last - now)
  end
  redis.call('SET', CHECKED, whole(now))
end
