-- Shared: a match's checkpoint. The string {pool}:checkpoint:<room> holds the state. The room's record holds the
-- rest: saved_epoch, saved_tick, saved_journal (the stream), saved_after (an id in it).
--- @include "keys"

-- The tick of the checkpoint; nil if there is none, or if Redis lost it.
local function saved_tick(room, meta)
  if not meta.saved_tick or redis.call('EXISTS', key('checkpoint', room)) == 0 then return nil end
  return tonumber(meta.saved_tick)
end
