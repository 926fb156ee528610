#!lua flags=allow-oom
-- relay_for_watcher: the watch-only relay that the next watcher gets: of those with a live lease, the one with the most
-- free places. Until its next renewal it has one less.
-- KEYS[1..5] the fleet's. ARGV: 1 clock.
-- Returns JSON: {id, url}, or nil.
--- @include "clock"
--- @include "fleet"
--- @include "lease_flags"

-- Relays that died are in the index until their leases are checked.
local TRIES_MAX = 16
for _, relay in ipairs(redis.call('ZREVRANGEBYSCORE', WATCH, '+inf', 1, 'LIMIT', 0, TRIES_MAX)) do
  local lease, info = tonumber(redis.call('ZSCORE', LEASES, relay) or nil), redis.call('HGET', INFO, relay)
  if lease and lease > now and lease % 1 ~= DEAD and info then
    redis.call('ZINCRBY', WATCH, -1, relay)
    return info
  end
end
return nil
