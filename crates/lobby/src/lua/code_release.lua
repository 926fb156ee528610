#!lua flags=allow-oom
-- code_release: releases the code of a room that closed. Compare-and-delete: a code that was taken
-- again stays.
-- KEYS[1] code:<code>. ARGV: 1 nonce.
-- Returns 1 if it was released.
local text = redis.call('GET', KEYS[1])
if not text or string.match(text, ' (%d+)$') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
