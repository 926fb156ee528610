#!lua flags=allow-oom
-- relay_for_watcher: the watch-only relay for the next watcher: the one with a live lease and the most free places.
-- Until its next renewal it counts as having one place less.
-- KEYS[1..5] the fleet's. ARGV: 1 clock.
-- Returns JSON: {id, url}, or nil.
--- @include "clock"
--- @include "fleet"
--- @include "lease_flags"

-- Dead relays stay in the index until their leases are checked.
local TRIES_MAX = 16
for _, relay in ipairs(redis.call('ZREVRANGEBYSCORE', WATCH, '+inf', 1, 'LIMIT', 0, TRIES_MAX)) do
  local lease, info = tonumber(redis.call('ZSCORE', LEASES, relay) or nil), redis.call('HGET', INFO, relay)
  if lease and lease > now and lease % 1 ~= DEAD and info then
    redis.call('ZINCRBY', WATCH, -1, relay)
    return info
  end
end
return nil
