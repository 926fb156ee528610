#!lua
-- bridge: takes, renews or releases the lease of the relay that acts for the pool. A lease longer than allowed was
-- taken before the clock was set back, and counts as ended.
-- KEYS[1..6] the pool's; KEYS[7] bridge. ARGV: 1 clock, 2 settings, 3 relay, 4 lease in ms, or 0 to give it up.
-- Returns 1 if this relay is the bridge now.
local holder = redis.call('GET', KEYS[7])
if ARGV[4] == '0' then
  if holder == ARGV[3] then redis.call('DEL', KEYS[7]) end
  return 0
end
if holder and holder ~= ARGV[3] and redis.call('PTTL', KEYS[7]) <= tonumber(ARGV[4]) then return 0 end
redis.call('SET', KEYS[7], ARGV[3], 'PX', tonumber(ARGV[4]))
return 1
