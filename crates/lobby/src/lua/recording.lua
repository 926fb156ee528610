#!lua flags=no-writes
-- recording: the replay of a match from a byte on: of a running match as far as its checkpoints have written it,
-- of a finished match to its end.
-- KEYS[1..6] the pool's; KEYS[7] room:<room>; KEYS[8] replay:<room>. ARGV: 1 clock, 2 settings, 3 the byte, 4 the
--   most bytes.
-- Returns [running, tick, bytes]: tick of the last checkpoint, 0 before the first one | [over, 0, bytes] |
--   [gone, 0, '']: no such match, it is not recorded, or the recording is shorter.
local from, length = tonumber(ARGV[3]), redis.call('STRLEN', KEYS[8])
local room = redis.call('HMGET', KEYS[7], 'state', 'replay', 'saved_tick')
local state, replay, tick = room[1], room[2], room[3]
local is_begun = not state or tick
if from > length or is_begun and length == 0 or state and state ~= 'started' or replay == 'lost' then return { 'gone', 0, '' } end
return { state and 'running' or 'over', tonumber(tick or 0), redis.call('GETRANGE', KEYS[8], from, from + tonumber(ARGV[4]) - 1) }
