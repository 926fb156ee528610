#!lua flags=no-writes
-- repair_claims: those of the given claims that have had no membership in this pool for a long time. Each claim is in
-- another slot, so the caller reads them before and releases them afterwards. This is safe, because no enqueue is
-- accepted under a claim this old.
-- KEYS[1..6] the pool's. ARGV: 1 clock, 2 settings, 3 how long a claim may exist without a
--   membership (ms), 4.. triples of player, nonce, when it was taken (ms).
-- Returns [player, nonce, ...].
--- @include "clock"
--- @include "player"
local found = {}
for i = 4, #ARGV, 3 do
  if now - tonumber(ARGV[i + 2]) > tonumber(ARGV[3]) and not is_live(player_read(ARGV[i])) then
    found[#found + 1] = ARGV[i]
    found[#found + 1] = ARGV[i + 1]
  end
end
return found
