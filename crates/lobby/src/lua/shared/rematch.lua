-- Shared: what is stored after a match, so that its players can gather again: {pool}:rematch:<room> has `roster`, the
-- ids of the players, and `next`, the room that gathers again. If a player made the match's room, it also has what
-- the next room inherits. For a match with groups it also has `groups`, as in the room's record: their own rooms
-- gather again, and `next` is for the others.
--- @include "group_gather"
--- @include "is_bot"
--- @include "keys"
--- @include "settings"

-- The ids of the players of a match, without its bots.
local function roster_players(roster)
  local players = {}
  for id in string.gmatch(roster, '"player_id":"([^"]*)"') do
    if not is_bot(id) then players[#players + 1] = id end
  end
  return table.concat(players, ',')
end

-- The code stays taken, because the sweep renewed it while the match ran. For an open room only its groups are
-- stored.
local function rematch_keep(room, meta)
  if meta.groups then groups_gather(meta) elseif meta.state ~= 'started' then return end
  local name = key('rematch', room)
  redis.call('HSET', name, 'roster', roster_players(meta.roster))
  if meta.groups then redis.call('HSET', name, 'groups', meta.groups) end
  if meta.code then
    redis.call('HSET', name, 'code', meta.code, 'code_nonce', meta.code_nonce, 'visibility', meta.visibility, 'seats', meta.seats,
      'settings', meta.settings, 'meta', meta.meta, 'name', meta.name)
  end
  redis.call('PEXPIRE', name, SETTINGS.rematch_ttl_ms)
end
