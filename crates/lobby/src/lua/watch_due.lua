#!lua
-- watch_due: the list watchers who have not received the last change and may get a message now. Each is reserved for
-- the caller for a limited time.
-- KEYS[1..6] the pool's; KEYS[7] listed:watchers; KEYS[8] listed:version.
-- ARGV: 1 clock, 2 settings, 3 how many, 4 for how long in ms.
-- Returns [the list's version, connection, turn, query, sent, connection, ...]; sent: what the watcher has,
--   or '' for nothing.
--- @include "clock"
--- @include "keys"
local version = redis.call('GET', KEYS[8]) or '0'
local due = { version }
for _, connection in ipairs(redis.call('ZRANGEBYSCORE', KEYS[7], '-inf', '(' .. version)) do
  if #due > tonumber(ARGV[3]) * 4 then break end
  local found = redis.call('HMGET', key('watcher', connection), 'turn', 'query', 'sent', 'next_at')
  if not found[1] then
    redis.call('ZREM', KEYS[7], connection)
  elseif tonumber(found[4] or 0) <= now then
    redis.call('HSET', key('watcher', connection), 'next_at', now + tonumber(ARGV[4]))
    for _, word in ipairs({ connection, found[1], found[2], found[3] }) do due[#due + 1] = word end
  end
end
return due
