-- Shared: seating in an open room, with its consequences.
--- @include "room_messages"
--- @include "room_start"
--- @include "seat_all"
--- @include "seat_save"
--- @include "settings"
--- @include "settle"

-- Seats these players in an open room with enough free seats, together with the players of `list`, and notifies all
-- of them. A full room starts. Returns true if it started.
local function seats_take(room, meta, list, new, relays, entropy)
  seat_all(room, meta, list, new)
  emit_room('room_joined', room, meta, list)
  if #list >= SETTINGS.seats_max then
    if room_start(room, meta, list, relays, entropy) then return true end
  else
    settle(room, meta, list)
  end
  seats_save(room, list)
  return false
end
