-- Shared: how the index of listed rooms follows a room.
--- @include "listed"
--- @include "listed_entry"

-- After the room changed. Returns true if its entry is another one now.
local function listed_save(room, meta, count)
  return listed_write(room, is_listed(meta) and listed_entry(listed_id(room), meta, count) or '')
end
