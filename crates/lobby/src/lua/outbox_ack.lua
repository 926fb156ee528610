#!lua flags=allow-oom
-- outbox_ack: these entries are told. When none is left, or the drainer stops, the lease goes in the same step, so that an
-- entry written after it finds no drainer and one written before it is seen.
-- KEYS[1..6] the pool's; KEYS[7] outbox:lease. ARGV: 1 clock, 2 settings, 3 drainer's token, 4 '1' to stop, 5.. ids.
-- Returns how many are left, or -1 when another drains by now (nothing is taken away then).
if redis.call('GET', KEYS[7]) ~= ARGV[3] then return -1 end
for i = 5, #ARGV, 100 do
  redis.call('XDEL', OUTBOX, unpack(ARGV, i, math.min(i + 99, #ARGV)))
end
local left = redis.call('XLEN', OUTBOX)
if left == 0 or ARGV[4] == '1' then redis.call('DEL', KEYS[7]) end
return left
