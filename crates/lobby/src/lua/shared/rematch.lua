-- Shared: what is kept of a match whose room a player made: {pool}:rematch:<room> has what the next
-- room takes over, the roster, and `next`, the room that gathers again. Of a match with groups it has
-- only `groups`, as in the room's record: their own rooms gather again.
--- @include "group_gather"
--- @include "keys"
--- @include "settings"

-- The code stays taken: the sweep has renewed it while the match ran.
local function rematch_keep(room, meta)
  local name = key('rematch', room)
  if meta.code then
    redis.call('HSET', name, 'code', meta.code, 'code_nonce', meta.code_nonce, 'visibility', meta.visibility, 'seats', meta.seats,
      'settings', meta.settings, 'meta', meta.meta, 'name', meta.name, 'roster', meta.roster)
  elseif meta.groups then
    groups_gather(meta)
    redis.call('HSET', name, 'groups', meta.groups)
  else
    return
  end
  redis.call('PEXPIRE', name, SETTINGS.rematch_ttl_ms)
end
