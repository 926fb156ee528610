-- Shared: new rooms.
--- @include "clock"
--- @include "room_deadline"
--- @include "settings"

local function room_open()
  local meta = {
    state = 'open', generation = 0, epoch = 0, relay = '', url = '', boot = '', seed = '', roster = '', created = now,
    countdown_at = 0, ttl_at = now + SETTINGS.room_ttl_ms, waiting = 0, seated_count = 0, is_new = true,
  }
  rearm(meta)
  return meta
end
