#!lua flags=allow-oom
-- relay_lease: renews a relay's lease in this pool; after a restart, gives its rooms to the new run, with a new epoch.
-- KEYS[1..6] the pool's; KEYS[7] relay:<relay> of the pool.
-- ARGV: 1 clock, 2 settings, 3 relay, 4 its url, 5 its boot nonce, 6 '1' when this run may be new, 7 the lease in ms.
-- Returns how many rooms moved to the new run.
local LEASE, relay, moved = tonumber(ARGV[7]), ARGV[3], 0
redis.call('ZADD', DEADLINES, now + LEASE, 'relay:' .. relay)
if ARGV[6] ~= '1' then return 0 end
for _, room in ipairs(redis.call('SMEMBERS', key.relay(relay))) do
  local meta = room_read(room)
  if meta and meta.relay == relay and meta.boot ~= '' and meta.boot ~= ARGV[5] then
    local list = members(room)
    room_give(room, meta, { id = relay, url = ARGV[4] }, list)
    emit_match('match_moved', room, list)
    moved = moved + 1
  end
end
return moved
