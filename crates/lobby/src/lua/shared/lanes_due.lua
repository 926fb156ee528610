-- Shared: the lanes of the outbox that have work.
--- @include "lane_key"
--- @include "settings"

-- A lease longer than allowed was taken before the clock was set back.
local function is_free(name)
  local left = redis.call('PTTL', name .. ':lease')
  return left < 0 or left > SETTINGS.outbox_lease_ms
end

-- Those of the first `count` lanes that have entries and that no function is delivering.
local function lanes_due(count)
  local due = {}
  for lane = 0, count - 1 do
    local name = lane_key(lane)
    if redis.call('XLEN', name) > 0 and is_free(name) then due[#due + 1] = lane end
  end
  return due
end
