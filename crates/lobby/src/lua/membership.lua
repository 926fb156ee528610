#!lua flags=no-writes
-- membership: the membership in this pool's record of a player; changes nothing.
-- KEYS[1..6] the pool's; KEYS[7] player:<player>; KEYS[8] its shadow. ARGV: 1 clock, 2 settings, 3
--   player, 4 request or '', 5 the request's kind.
-- Returns {state, nonce, reason?, known}: state `none` without a record; known: this pool has
--   answered that request.
--- @include "answers"
--- @include "player"
local record = player_read(ARGV[3])
return cjson.encode({
  state = record and record.state or 'none', nonce = record and record.nonce or '0', reason = record and record.reason,
  known = remembered(ARGV[3], ARGV[5], ARGV[4]) ~= nil,
})
