#!lua flags=allow-oom
-- deliver: the oldest entries of the outbox, for the function that delivers it.
-- KEYS[1..6] the pool's; KEYS[7] outbox:lease. ARGV: 1 clock, 2 settings, 3 the holder's token, 4
--   how many, 5 lease in ms.
-- Returns nil if another holder delivers, else [server ms, id, kind, entry, id, kind, entry, ...].
--   An empty outbox frees the lease. A lease longer than allowed was taken before the clock was set
--   back, and counts as over.
--- @include "pool"
local holder = redis.call('GET', KEYS[7])
if holder and holder ~= ARGV[3] and redis.call('PTTL', KEYS[7]) <= tonumber(ARGV[5]) then return nil end
local time = redis.call('TIME')
local out = { tostring(time[1] * 1000 + math.floor(time[2] / 1000)) }
for _, entry in ipairs(redis.call('XRANGE', OUTBOX, '-', '+', 'COUNT', tonumber(ARGV[4]))) do
  local fields = {}
  for i = 1, #entry[2], 2 do fields[entry[2][i]] = entry[2][i + 1] end
  out[#out + 1] = entry[1]
  out[#out + 1] = fields.kind or ''
  out[#out + 1] = fields.entry or '{}'
end
if #out == 1 then
  redis.call('DEL', KEYS[7])
else
  redis.call('SET', KEYS[7], ARGV[3], 'PX', tonumber(ARGV[5]))
end
return out
