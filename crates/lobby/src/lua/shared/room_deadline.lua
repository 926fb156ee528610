-- Shared: the deadline of an open room.
--- @include "clock"

-- The time of the next attempt to start, or else the earlier of countdown and room_ttl_ms. Each change begins a new
-- generation, so that the expiry of an older one does nothing.
local function rearm(meta)
  meta.at = meta.ttl_at
  if meta.waiting > 0 then
    meta.at = now + 1000
  elseif meta.countdown_at > 0 then
    meta.at = math.min(meta.at, meta.countdown_at)
  end
  meta.generation = meta.generation + 1
end
