#!lua
-- code_take: takes a code for a room that is about to be made, if it is free.
-- KEYS[1] code:<code>. ARGV: 1 clock, 2 pool, 3 room, 4 the code's time to live (ms).
-- Returns its nonce (µs since 1970), or nil if it is taken. The text is `<pool> <room> <nonce>`.
local time = redis.call('TIME')
local micros = ARGV[1] ~= '' and tonumber(ARGV[1]) * 1000 or time[1] * 1000000 + time[2]
local nonce = string.format('%d', micros)
local taken = redis.call('SET', KEYS[1], ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. nonce, 'NX', 'PX', ARGV[4])
return taken and nonce or nil
