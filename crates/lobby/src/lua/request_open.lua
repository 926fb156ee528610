#!lua flags=allow-oom
-- request_open: the first request with this key decides what the key is for. Also in a full Redis: leaving must work there.
-- KEYS[1] request:<who>:<key>. ARGV: 1 what is asked, in short, 2 what to answer to all who ask the same, 3 how long (ms).
-- Returns what the first one said: {asked, answer}.
local first = redis.call('HMGET', KEYS[1], 'asked', 'answer')
if first[1] then return first end
redis.call('HSET', KEYS[1], 'asked', ARGV[1], 'answer', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return { ARGV[1], ARGV[2] }
