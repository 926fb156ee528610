#!lua
-- feedback: keeps feedback in a capped stream; once, if the request has a key.
-- KEYS[1] feedback; KEYS[2], with a request, {feedback}:request:<who>:<key>. ARGV: 1 player, 2
--   text, 3 contact, 4 how many are kept, 5 the request's digest, 6 how long a key is remembered
--   (ms).
-- Returns the digest of the first request with this key.
if KEYS[2] then
  local first = redis.call('GET', KEYS[2])
  if first then return first end
  redis.call('SET', KEYS[2], ARGV[5], 'PX', ARGV[6])
end
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[4], '*', 'player', ARGV[1], 'text', ARGV[2], 'contact', ARGV[3])
return ARGV[5]
