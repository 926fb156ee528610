#!lua
-- claim_take: one game at a time over all pools. Takes the player's claim for a pool, or renews it
-- with a new nonce. Another pool's claim is only taken by a caller that names its text
-- (compare-and-set), after it found no membership behind it. Not a pool's script: the claim is in
-- the player's own slot.
-- KEYS[1] claim:<player>. ARGV: 1 clock, 2 pool, 3 the text to replace or '', 4 the claim's time to
--   live (ms), 5 the nonce of an earlier membership or 0: the new one is above it, even if the
--   clock was set back.
-- Returns [taken (1 or 0), text, server ms]. The text is `<pool> <nonce> <taken at ms>`; a nonce
--   (µs) only grows.
local time = redis.call('TIME')
local now = tonumber(ARGV[1]) or (time[1] * 1000 + math.floor(time[2] / 1000))
local micros = time[1] * 1000000 + time[2]
local text = redis.call('GET', KEYS[1])
if text then
  local pool, nonce = string.match(text, '^(%S+) (%d+) %d+$')
  if pool and pool ~= ARGV[2] and text ~= ARGV[3] then return { 0, text, string.format('%d', now) } end
  micros = math.max(micros, (tonumber(nonce) or 0) + 1)
end
micros = math.max(micros, tonumber(ARGV[5]) + 1)
text = ARGV[2] .. ' ' .. string.format('%d %d', micros, now)
redis.call('SET', KEYS[1], text, 'PX', tonumber(ARGV[4]))
return { 1, text, string.format('%d', now) }
