#!lua flags=no-writes
-- replay: the replay of a finished match, for a player who was in it at its start or has a result, or for
-- the holder of a link to it.
-- KEYS[1..6] the pool's; KEYS[7] room:<room>; KEYS[8] replay:<room>; KEYS[9] names:<room>. ARGV: 1
--   clock, 2 settings, 3 player, '' for a link, 4 what is wanted: file, or the life in ms.
-- Returns [replay, bytes] | [replay, ms] | [not_member, nil] | [unknown, nil].
if redis.call('EXISTS', KEYS[7]) == 1 then return { 'unknown', false } end
local head = redis.call('GETRANGE', KEYS[8], 0, 16383)
local header = string.match(head, '^([^\n]*)\n')
if not header then return { 'unknown', false } end

local function may_read(player)
  if player == '' then return true end
  for _, member in ipairs(cjson.decode(header).players) do
    if member.player_id == player then return true end
  end
  -- Late players are not in the header.
  return redis.call('HEXISTS', KEYS[9], player) == 1
end

if not may_read(ARGV[3]) then return { 'not_member', false } end
if ARGV[4] == 'file' then return { 'replay', redis.call('GET', KEYS[8]) } end
return { 'replay', tostring(redis.call('PTTL', KEYS[8])) }
