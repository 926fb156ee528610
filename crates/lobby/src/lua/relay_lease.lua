#!lua flags=allow-oom
-- relay_lease: renews a relay's lease in this pool, or gives it up. After a restart, gives the
-- relay's rooms to the new run, with a new epoch, and writes what it states about the pool's game.
-- KEYS[1..6] the pool's; KEYS[7] relay:<relay> of the pool.
-- ARGV: 1 clock, 2 settings, 3 relay, 4 its url, 5 its boot nonce, 6 '1' if this run may be new, 7
--   the lease in ms, or 0 to give it up, 8 the pool's game or '', 9 the ranges of its settings as JSON.
-- Returns how many rooms moved to the new run.
--- @include "clock"
--- @include "game_settings"
--- @include "keys"
--- @include "lease_flags"
--- @include "match_messages"
--- @include "members"
--- @include "pool"
--- @include "room"
--- @include "room_give"
local relay, lease_ms, moved = ARGV[3], tonumber(ARGV[7]), 0
local at = lease_ms > 0 and now + lease_ms or now - SPARED
redis.call('ZADD', DEADLINES, at, 'relay:' .. relay)
if ARGV[6] ~= '1' then return 0 end
if ARGV[8] ~= '' then redis.call('HSET', GAME, 'name', ARGV[8], 'settings', ARGV[9]) end
for _, room in ipairs(redis.call('SMEMBERS', key('relay', relay))) do
  local meta = room_read(room)
  if meta and meta.relay == relay and meta.boot ~= '' and meta.boot ~= ARGV[5] then
    local list = members(room)
    room_give(room, meta, { id = relay, url = ARGV[4] }, list)
    emit_match('match_moved', room, meta, list)
    moved = moved + 1
  end
end
return moved
