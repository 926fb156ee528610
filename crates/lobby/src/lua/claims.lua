#!lua flags=no-writes
-- claims: which of these claims have stood for long without a stay of this pool behind them. Each is in another slot, so the
-- caller reads them before and releases them after; neither harms, since a claim so old lets nobody enqueue.
-- KEYS[1..6] the pool's. ARGV: 1 clock, 2 settings, 3 how long a claim may stand without a stay (ms), 4.. triples of player,
--   nonce, when it was taken (ms).
-- Returns [player, nonce, ...].
local found = {}
for i = 4, #ARGV, 3 do
  if now - tonumber(ARGV[i + 2]) > tonumber(ARGV[3]) and not is_live(player_read(ARGV[i])) then
    found[#found + 1] = ARGV[i]
    found[#found + 1] = ARGV[i + 1]
  end
end
return found
