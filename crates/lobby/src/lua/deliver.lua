#!lua flags=allow-oom
-- deliver: the next entries of a lane of the outbox, for the function that delivers it.
-- KEYS[1..6] the pool's; KEYS[7] the lane; KEYS[8] its lease; KEYS[9] its missed players. ARGV: 1
--   clock, 2 settings, 3 the holder's token, 4 where to begin: '-', or '(' and an id, 5 how many, 6
--   lease in ms.
-- Returns nil if another holder delivers, else [server ms, id, kind, entry, to, is_again, id, ...]:
--   to is empty for all players of the entry; is_again is '1' if only these players have missed it.
--   An empty lane frees the lease. A lease longer than allowed was taken before the clock was set
--   back, and counts as over.
local holder = redis.call('GET', KEYS[8])
if holder and holder ~= ARGV[3] and redis.call('PTTL', KEYS[8]) <= tonumber(ARGV[6]) then return nil end
local time = redis.call('TIME')
local out = { tostring(time[1] * 1000 + math.floor(time[2] / 1000)) }
local some_missed = redis.call('EXISTS', KEYS[9]) == 1
for _, entry in ipairs(redis.call('XRANGE', KEYS[7], ARGV[4], '+', 'COUNT', tonumber(ARGV[5]))) do
  local fields = {}
  for i = 1, #entry[2], 2 do fields[entry[2][i]] = entry[2][i + 1] end
  local missed = some_missed and redis.call('HGET', KEYS[9], entry[1])
  for _, text in ipairs({ entry[1], fields.kind or '', fields.entry or '{}', missed or fields.to or '', missed and '1' or '' }) do
    out[#out + 1] = text
  end
end
if #out == 1 and redis.call('XLEN', KEYS[7]) == 0 then
  redis.call('DEL', KEYS[8], KEYS[9])
else
  redis.call('SET', KEYS[8], ARGV[3], 'PX', tonumber(ARGV[6]))
end
return out
