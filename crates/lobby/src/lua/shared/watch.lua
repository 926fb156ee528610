-- Shared by the scripts that look at deadlines: when somebody last did.
-- A pause longer than a second means that Redis or every bridge was away, and that nobody could renew a lease: those that ran
-- out then are re-armed once (the half millisecond marks it) instead of being decided as if every relay had died.
local CHECKED = TAG .. 'checked'
local PAUSE_MS, LEASE_MS, GRACE_MS = 1000, 1500, 5000

local function spared(member)
  local kind, id = string.match(member, '^(%a+):(.*)$')
  if kind == 'relay' then return now + LEASE_MS end
  if kind == 'room' then
    local room = redis.call('HMGET', key.room(id), 'state', 'boot')
    if room[1] == 'started' and room[2] ~= '' then return now + math.min(GRACE_MS, SETTINGS.claim_room_ms) end
  elseif kind == 'player' and redis.call('HGET', key.player(id), 'state') == 'playing' then
    return now + math.min(GRACE_MS, SETTINGS.player_ttl_ms)
  end
  return nil
end

local function mark_checked()
  local last = tonumber(redis.call('GET', CHECKED) or '')
  if last and now - last > PAUSE_MS then
    local soon = redis.call('ZRANGEBYSCORE', DEADLINES, '-inf', now + LEASE_MS, 'WITHSCORES')
    for i = 1, #soon, 2 do
      local at = tonumber(soon[i + 1])
      local until_ms = at == math.floor(at) and spared(soon[i])
      if until_ms then redis.call('ZADD', DEADLINES, math.max(until_ms, at) + 0.5, soon[i]) end
    end
  end
  redis.call('SET', CHECKED, now)
end
