#!lua flags=allow-oom
-- deliver_ack: removes delivered entries of a lane, and records who has missed an entry. When no entry is left, or
-- the holder stops, it also releases the lease atomically: an entry that is written later finds no holder, and an
-- entry that was written before is seen.
-- KEYS[1..6] the pool's; KEYS[7] the lane; KEYS[8] its lease; KEYS[9] its missed players. ARGV: 1 clock, 2 settings,
--   3 the holder's token, 4 '1' to stop, 5 how many are delivered, 6.. their ids, then pairs of an id and the players
--   who have missed it, as JSON.
-- Returns how many are left, or -1 if another holder now delivers (then nothing is changed).
if redis.call('GET', KEYS[8]) ~= ARGV[3] then return -1 end
local last = 5 + tonumber(ARGV[5])
for i = 6, last, 100 do
  redis.call('XDEL', KEYS[7], unpack(ARGV, i, math.min(i + 99, last)))
  redis.call('HDEL', KEYS[9], unpack(ARGV, i, math.min(i + 99, last)))
end
for i = last + 1, #ARGV, 2 do redis.call('HSET', KEYS[9], ARGV[i], ARGV[i + 1]) end
local left = redis.call('XLEN', KEYS[7])
if left == 0 or ARGV[4] == '1' then redis.call('DEL', KEYS[8]) end
return left
