#!lua flags=no-writes
-- leaderboard: the players with the highest scores, best first.
-- KEYS[1..6] the pool's; KEYS[7] leaderboard or leaderboard:<room>; KEYS[8] names or names:<room>.
--   ARGV: 1 clock, 2 settings, 3 how many.
-- Returns [player, name, score, stats as JSON or '', ...]. Only a match's result has stats.
local flat = redis.call('ZREVRANGE', KEYS[7], 0, tonumber(ARGV[3]) - 1, 'WITHSCORES')
local out = {}
for i = 1, #flat, 2 do
  out[#out + 1] = flat[i]
  out[#out + 1] = redis.call('HGET', KEYS[8], flat[i]) or ''
  out[#out + 1] = flat[i + 1]
  out[#out + 1] = redis.call('HGET', KEYS[8], 'stats:' .. flat[i]) or ''
end
return out
