#!lua flags=allow-oom
-- reports_forget: removes old reports of players.
-- KEYS[1..6] the pool's; KEYS[7] reports. ARGV: 1 clock, 2 settings, 3 how long a report is kept (ms).
-- Returns how many.
--- @include "clock"
return redis.call('XTRIM', KEYS[7], 'MINID', string.format('%d', now - tonumber(ARGV[3])))
