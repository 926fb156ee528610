#!lua
-- code_keep: renews the code of a live room, and makes it name that room: a rematch has the code of the match before
-- it, and Redis may have lost it.
-- KEYS[1] code:<code>. ARGV: 1 pool, 2 room, 3 nonce, 4 the code's time to live (ms).
-- Returns kept | moved: it named another room or none | taken: it belongs to another room, and nothing was changed.
local text = ARGV[1] .. ' ' .. ARGV[2] .. ' ' .. ARGV[3]
local found = redis.call('GET', KEYS[1])
if found and string.match(found, ' (%d+)$') ~= ARGV[3] then return 'taken' end
redis.call('SET', KEYS[1], text, 'PX', ARGV[4])
return found == text and 'kept' or 'moved'
