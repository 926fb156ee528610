-- Shared: when the leases of relays were last checked, and the effect of a pause or a jump of the clock. Forward by
-- more than gap_max_ms: Redis paused, its clock was set forward, or no bridge was active. In that time no relay could
-- renew its lease, so leases that ran out are extended once. Backward by as much: the clock was set back, and leases
-- in the future of the new clock are set back by the same time.
--- @include "clock"
--- @include "fleet"
--- @include "lease_flags"
--- @include "whole"

-- Limits how often the time is written.
local WRITE_MS = 100

local function leases_spare(lease_ms)
  local soon = redis.call('ZRANGEBYSCORE', LEASES, '-inf', now + lease_ms, 'WITHSCORES')
  for i = 1, #soon, 2 do
    local at = tonumber(soon[i + 1])
    if at == math.floor(at) then redis.call('ZADD', LEASES, now + lease_ms + SPARED, soon[i]) end
  end
end

local function leases_back(lease_ms, by)
  local ahead = redis.call('ZRANGEBYSCORE', LEASES, '(' .. whole(now + lease_ms), '+inf', 'WITHSCORES')
  for i = 1, #ahead, 2 do
    redis.call('ZADD', LEASES, math.min(tonumber(ahead[i + 1]) - by, now + lease_ms), ahead[i])
  end
end

local function leases_check(lease_ms, gap_max_ms)
  local last = tonumber(redis.call('GET', LEASES_CHECKED) or '')
  local gap = last and now - last or WRITE_MS
  if gap > gap_max_ms then
    leases_spare(lease_ms)
  elseif -gap > gap_max_ms then
    leases_back(lease_ms, -gap)
  end
  if math.abs(gap) >= WRITE_MS then redis.call('SET', LEASES_CHECKED, whole(now)) end
end
