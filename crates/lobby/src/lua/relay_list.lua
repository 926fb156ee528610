#!lua flags=no-writes
-- relay_list: the relays that have a lease, the latest end first, for operators. Includes relays that died recently.
-- KEYS[1..5] the fleet's. ARGV: 1 clock, 2 how many at most.
-- Returns [[relay, ms until the end of its lease; negative: since then], ...].
--- @include "clock"
--- @include "fleet"
--- @include "whole"
local relays, found = {}, redis.call('ZRANGE', LEASES, '0', whole(tonumber(ARGV[2]) - 1), 'REV', 'WITHSCORES')
for i = 1, #found, 2 do relays[#relays + 1] = { found[i], whole(tonumber(found[i + 1]) - now) } end
return relays
