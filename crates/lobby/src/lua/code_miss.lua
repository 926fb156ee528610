#!lua
-- code_miss: counts the unknown codes that an address has sent, for a minute from the first one.
-- KEYS[1] misses:<address>. ARGV: 1 how long (ms).
-- Returns how many.
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return count
