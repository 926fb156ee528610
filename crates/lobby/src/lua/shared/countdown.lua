-- Shared: messages about the countdown of a room.
--- @include "clock"
--- @include "emit"
--- @include "roster"

local function emit_countdown(room, meta, list)
  local set = meta.countdown_at > 0
  emit('countdown', { room = room, tell = { {
    to = ids(list),
    message = {
      type = 'countdown', room_id = room, starts_at_ms = set and meta.countdown_at or cjson.null,
      in_ms = set and math.max(0, meta.countdown_at - now) or cjson.null,
    },
  } } })
end
