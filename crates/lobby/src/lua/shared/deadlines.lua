-- Shared: deadlines. A deadline is an entry of the sorted set; the expiry of its shadow key only
-- makes the reaction faster.
--- @include "pool"
--- @include "clock"
--- @include "whole"
--- @include "collect"

local function shadow(member) return TAG .. member .. ':ttl' end

local function arm(member, at)
  add('ZADD', DEADLINES, whole(at), member)
  redis.call('SET', shadow(member), '1', 'PX', whole(math.max(1, math.floor(at - now))))
end
