-- Shared: a change of a room that list watchers see.
--- @include "listed"
--- @include "listed_save"

-- The index does not contain names.
local function listed_change(room, meta, count)
  if not listed_save(room, meta, count) then redis.call('INCR', LISTED_VERSION) end
end
