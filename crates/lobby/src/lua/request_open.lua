#!lua flags=allow-oom
-- request_open: the first request with this key determines what the key stands for. Also allowed in a full Redis,
-- because players must still be able to leave.
-- KEYS[1] request:<who>:<key>. ARGV: 1 the request's digest, 2 the answer for all equal requests, 3
--   how long it is kept (ms).
-- Returns those of the first request: {digest, answer}.
local first = redis.call('HMGET', KEYS[1], 'asked', 'answer')
if first[1] then return first end
redis.call('HSET', KEYS[1], 'asked', ARGV[1], 'answer', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return { ARGV[1], ARGV[2] }
