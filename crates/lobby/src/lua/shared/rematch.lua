-- Shared: what is kept of a match whose room a player made: {pool}:rematch:<room> has what the next
-- room takes over, the roster, and `next`, the room that gathers again.
--- @include "keys"
--- @include "settings"

-- The code stays taken: the sweep has renewed it while the match ran.
local function rematch_keep(room, meta)
  if not meta.code then return end
  local name = key('rematch', room)
  redis.call('HSET', name, 'code', meta.code, 'code_nonce', meta.code_nonce, 'visibility', meta.visibility, 'seats', meta.seats,
    'settings', meta.settings, 'meta', meta.meta, 'name', meta.name, 'roster', meta.roster)
  redis.call('PEXPIRE', name, SETTINGS.rematch_ttl_ms)
end
