#!lua flags=allow-oom
-- claim_release: releases the claim of a membership that has ended. Compare-and-delete: a newer claim stays.
-- KEYS[1] claim:<player>. ARGV: 1 pool, 2 nonce.
-- Returns 1 if it was released.
local text = redis.call('GET', KEYS[1])
if not text then return 0 end
local pool, nonce = string.match(text, '^(%S+) (%d+) %d+$')
if pool ~= ARGV[1] or nonce ~= ARGV[2] then return 0 end
return redis.call('DEL', KEYS[1])
