-- Shared: updates the index of listed rooms after a change of a room.
--- @include "listed"
--- @include "listed_entry"

-- Returns true if the room's entry changed.
local function listed_save(room, meta, count)
  return listed_write(room, is_listed(meta) and listed_entry(listed_id(room), meta, count) or '')
end
