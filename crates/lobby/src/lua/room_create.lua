#!lua
-- room_create: a player makes a room with a code that was already taken, and is its host. Counts as a sign of life.
-- KEYS[1..6] the pool's; KEYS[7] player:<player>; KEYS[8] its shadow.
-- ARGV: 1 clock, 2 settings, 3..12 see shared/entry.lua, 13 an unused room id, 14 code, 15 its nonce, 16 visibility,
--   17 seats, 18 the game's settings as JSON, 19 meta as JSON, 20 the room's name, and the call's traceparent.
-- Returns {answer, holds}: answer {kind = seated, room, code, host, new?} | {kind = playing, room, game} | {kind =
--   queued, room?}: in the queue or in another room, which the player did not agree to leave | {kind = late, after}:
--   nothing was changed, because the claim or the code is too old | {kind = settings_invalid, setting, range?} |
--   {kind = closed, reason}: nothing was changed; holds: see queue_join.
--- @include "clock"
--- @include "entry"
--- @include "game_settings"
--- @include "player"
--- @include "room_open"
--- @include "settings"
local record, answer = entry_begin('room_create', nil)
if answer then return answer end
local refusal = settings_refused(ARGV[18])
if refusal then return entry_answer(refusal, is_live(record)) end
if now - tonumber(ARGV[15]) / 1000 > SETTINGS.claim_fresh_ms then
  return entry_answer({ kind = 'late', after = record and record.nonce or '0' }, is_live(record))
end
local meta = room_open()
meta.state, meta.host, meta.code, meta.code_nonce, meta.visibility = 'gathering', PLAYER, ARGV[14], ARGV[15], ARGV[16]
meta.seats, meta.settings, meta.meta, meta.name, meta.kicked = tonumber(ARGV[17]), ARGV[18], ARGV[19], ARGV[20], ''
meta.bots = 0
return entry_seat('room_create', record, ARGV[13], meta, {})
