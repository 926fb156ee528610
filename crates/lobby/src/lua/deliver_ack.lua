#!lua flags=allow-oom
-- deliver_ack: removes delivered entries. When none is left, or the holder stops, the lease goes in
-- the same step: an entry written later finds no holder, and an entry written before is seen.
-- KEYS[1..6] the pool's; KEYS[7] outbox:lease. ARGV: 1 clock, 2 settings, 3 the holder's token, 4
--   '1' to stop, 5.. ids.
-- Returns how many are left, or -1 if another holder delivers by now (then nothing is removed).
--- @include "pool"
if redis.call('GET', KEYS[7]) ~= ARGV[3] then return -1 end
for i = 5, #ARGV, 100 do
  redis.call('XDEL', OUTBOX, unpack(ARGV, i, math.min(i + 99, #ARGV)))
end
local left = redis.call('XLEN', OUTBOX)
if left == 0 or ARGV[4] == '1' then redis.call('DEL', KEYS[7]) end
return left
