#!lua flags=allow-oom
-- session_close: forgets a player's lobby connection, if it is still this one.
-- KEYS[1] session:<player>. ARGV: 1 connection. Returns 1 if it was.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
