#!lua flags=no-writes
-- replay: the replay of a finished match, for a player who was in it at its start or has a result.
-- KEYS[1..6] the pool's; KEYS[7] room:<room>; KEYS[8] replay:<room>; KEYS[9] names:<room>. ARGV: 1
--   clock, 2 settings, 3 player.
-- Returns [replay, bytes] | [not_member, nil] | [unknown, nil].
if redis.call('EXISTS', KEYS[7]) == 1 then return { 'unknown', false } end
local head = redis.call('GETRANGE', KEYS[8], 0, 16383)
local header = string.match(head, '^([^\n]*)\n')
if not header then return { 'unknown', false } end
for _, player in ipairs(cjson.decode(header).players) do
  if player.player_id == ARGV[3] then return { 'replay', redis.call('GET', KEYS[8]) } end
end
-- Late players are not in the header.
if redis.call('HEXISTS', KEYS[9], ARGV[3]) == 1 then return { 'replay', redis.call('GET', KEYS[8]) } end
return { 'not_member', false }
