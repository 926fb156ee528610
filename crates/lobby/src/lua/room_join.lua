#!lua
-- room_join: a player joins a room that a player made. Counts as a sign of life.
-- KEYS[1..6] the pool's; KEYS[7] player:<player>; KEYS[8] its shadow.
-- ARGV: 1 clock, 2 settings, 3..12 see shared/entry.lua, 13 the room that the code names, 14 the code, and
--   the call's traceparent.
-- Returns {answer, holds} like room_create, and answers {kind = unknown | full | started | kicked}, which mean that
--   nothing was changed. started: with watch, the room, if its match runs.
--- @include "entry"
--- @include "entry_join"
--- @include "player"
--- @include "room_by_code"
local room, meta = room_by_code(ARGV[13], ARGV[14])
local record, answer = entry_begin('room_join', room)
if answer then return answer end
if not room then return entry_answer({ kind = 'unknown' }, is_live(record)) end
return entry_join('room_join', record, room, meta)
