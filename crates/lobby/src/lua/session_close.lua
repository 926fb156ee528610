#!lua flags=allow-oom
-- session_close: removes a player's lobby session if it still names this connection.
-- KEYS[1] session:<player>. ARGV: 1 connection. Returns 1 if it did.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
