#!lua
-- room_rematch: the players of a match that is over gather again. The first one makes the room, with
-- the code and the settings of the last one; the others join it. A player of a group joins the
-- group's own room. A sign of life.
-- KEYS[1..6] the pool's; KEYS[7] player:<player>; KEYS[8] its shadow.
-- ARGV: 1 clock, 2 settings, 3..11 as shared/entry.lua, 12 the match's room, 13 an unused room id.
-- Returns {answer, holds, code_nonce?} as room_join, and answers {kind = running}: the match is not over |
--   {kind = not_member}. unknown: also if the players have gathered already, and that room was played or
--   has closed. code_nonce: the room was made, and its code must name it now.
--- @include "entry"
--- @include "entry_join"
--- @include "hash"
--- @include "keys"
--- @include "player"
--- @include "room"
--- @include "room_open"
--- @include "settings"
local old = ARGV[12]
local kept = hash(key('rematch', old))
local room = kept and kept.next or nil
for group, players in string.gmatch(kept and kept.groups or '', '([^=;]+)=([^;]*)') do
  if string.find(players, PLAYER, 1, true) then room = group end
end
local record, answer = entry_begin('room_rematch', room)
if answer then return answer end
local function refused(why) return entry_answer({ kind = why }, is_live(record)) end
if not kept then return refused(redis.call('EXISTS', key('room', old)) == 1 and 'running' or 'unknown') end
local meta = room and room_read(room)
if kept.groups and not meta then return refused('unknown') end
if kept.roster and not string.find(kept.roster, PLAYER, 1, true) then return refused('not_member') end
if meta then return entry_join('room_rematch', record, room, meta) end
-- It was played, and has a rematch of its own, or it closed, and its code is free or somebody else's.
if room then return refused('unknown') end

room, meta = ARGV[13], room_open()
meta.state, meta.host, meta.kicked, meta.bots = 'gathering', PLAYER, '', 0
for _, field in ipairs({ 'code', 'code_nonce', 'visibility', 'seats', 'settings', 'meta', 'name' }) do meta[field] = kept[field] end
meta.seats = tonumber(kept.seats)
redis.call('HSET', key('rematch', old), 'next', room)
-- If this call dies before the code names the new room, this leads to it until the sweep has come.
redis.call('PEXPIRE', key('rematch', old), SETTINGS.rematch_ttl_ms)
local text = entry_seat('room_rematch', record, room, meta, {})
return string.sub(text, 1, -2) .. ',"code_nonce":"' .. meta.code_nonce .. '"}'
