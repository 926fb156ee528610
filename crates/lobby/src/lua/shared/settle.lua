-- Shared: the effect of changed seats on an open room.
--- @include "bots_fill"
--- @include "clock"
--- @include "countdown"
--- @include "listing"
--- @include "room_deadline"
--- @include "room_save"
--- @include "settings"
--- @include "teams"

-- How long a room with this number of players waits for more; nil: it does not start with them.
local function countdown_for(count)
  if count >= SETTINGS.seats_min then return SETTINGS.countdown_ms end
  return count >= start_min() and SETTINGS.after_ms or nil
end

-- After the seats of an open room changed: starts the countdown when there are enough players, and clears it when
-- there are not, or while a team would have no player. In a pool with bots, one player is enough, and the earlier
-- time applies.
local function settle(room, meta, list)
  local count, shown = #list, meta.countdown_at > 0
  local wait_ms = teams_ready(meta, list) and countdown_for(count) or nil
  local is_earlier = fill_to() and wait_ms and now + wait_ms < meta.countdown_at
  if wait_ms and meta.waiting == 0 and (not shown or is_earlier) then
    meta.countdown_at = now + wait_ms
    rearm(meta)
    emit_countdown(room, meta, list)
  elseif not wait_ms and (shown or meta.waiting > 0) then
    meta.countdown_at = 0
    meta.waiting = 0
    rearm(meta)
    if shown then emit_countdown(room, meta, list) end
  end
  relist(room, meta, count)
  room_save(room, meta)
end
