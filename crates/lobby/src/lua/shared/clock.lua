-- Shared: the time in ms since 1970. ARGV[1]: a test's clock; empty in production, for the server's
-- TIME.

local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
