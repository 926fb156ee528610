-- Shared: a change of a room that those who watch the list see.
--- @include "listed"
--- @include "listed_save"

-- Names are not in the index.
local function listed_change(room, meta, count)
  if not listed_save(room, meta, count) then redis.call('INCR', LISTED_VERSION) end
end
