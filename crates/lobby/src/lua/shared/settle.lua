-- Shared: what changed seats mean for an open room.
--- @include "clock"
--- @include "countdown"
--- @include "listing"
--- @include "room_deadline"
--- @include "room_save"
--- @include "settings"

-- After the seats of an open room changed: starts the countdown at seats_min and clears it below.
local function settle(room, meta, list)
  local count, shown = #list, meta.countdown_at > 0
  if count >= SETTINGS.seats_min and meta.countdown_at == 0 and meta.waiting == 0 then
    meta.countdown_at = now + SETTINGS.countdown_ms
    rearm(meta)
    emit_countdown(room, meta, list)
  elseif count < SETTINGS.seats_min and (shown or meta.waiting > 0) then
    meta.countdown_at = 0
    meta.waiting = 0
    rearm(meta)
    if shown then emit_countdown(room, meta, list) end
  end
  relist(room, meta, count)
  room_save(room, meta)
end
