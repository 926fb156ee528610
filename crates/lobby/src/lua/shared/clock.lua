-- Shared: the time in ms since 1970. ARGV[1] is a test's clock; empty in production, where the server's TIME is used.

local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
