#!lua
-- room_rematch: the players of a finished match gather again. The first one makes the room and is its host; the
-- others join it. If a player made the match's room, the new room has its code and what its host chose; otherwise it
-- has a new code. A player of a group joins the group's own room. Counts as a sign of life.
-- KEYS[1..6] the pool's; KEYS[7] player:<player>; KEYS[8] its shadow.
-- ARGV: 1 clock, 2 settings, 3..12 see shared/entry.lua, 13 an unused room id, 14 a code that was taken for it, or
--   '', 15 the code's nonce, 16 the match's room, and the call's traceparent.
-- Returns {answer, holds, code_nonce?} like room_create and room_join, and answers {kind = running}: the match is not
--   over | {kind = not_member} | {kind = no_code}: nothing was changed, because the room needs a new code. unknown:
--   also if the players have gathered already, and that room was played or has closed. code_nonce: the room was made
--   with the match's code, which must name it now.
--- @include "clock"
--- @include "entry"
--- @include "entry_join"
--- @include "hash"
--- @include "keys"
--- @include "player"
--- @include "room"
--- @include "room_open"
--- @include "settings"
local new, code, old = ARGV[13], ARGV[14], ARGV[16]
local kept = hash(key('rematch', old))

-- The room of the player's group.
local function group_room()
  for group, players in string.gmatch(kept and kept.groups or '', '([^=;]+)=([^;]*)') do
    if string.find(players, PLAYER, 1, true) then return group end
  end
  return nil
end

local group = group_room()
local room = group or kept and kept.next
local record, answer = entry_begin('room_rematch', room)
if answer then return answer end
local function refused(why) return entry_answer({ kind = why }, is_live(record)) end
if not kept then return refused(redis.call('EXISTS', key('room', old)) == 1 and 'running' or 'unknown') end
if not group and not string.find(kept.roster or '', PLAYER, 1, true) then return refused('not_member') end
local meta = room and room_read(room)
if meta then return entry_join('room_rematch', record, room, meta) end
-- The room was played and has a rematch of its own, or it closed and its code is free or taken again.
if room then return refused('unknown') end

meta = room_open()
meta.state, meta.host, meta.kicked, meta.bots = 'gathering', PLAYER, '', 0
if kept.code then
  for _, field in ipairs({ 'code', 'code_nonce', 'visibility', 'settings', 'meta', 'name' }) do meta[field] = kept[field] end
  meta.seats = tonumber(kept.seats)
elseif code == '' then
  return refused('no_code')
elseif now - tonumber(ARGV[15]) / 1000 > SETTINGS.claim_fresh_ms then
  return entry_answer({ kind = 'late', after = record and record.nonce or '0' }, is_live(record))
else
  meta.code, meta.code_nonce, meta.visibility, meta.settings, meta.meta, meta.name = code, ARGV[15], 'private', '{}', '{}', ''
  meta.seats = SETTINGS.seats_max
end
local text = entry_seat('room_rematch', record, new, meta, {})
if ASKS then return text end
redis.call('HSET', key('rematch', old), 'next', new)
-- If this call dies before the code names the new room, this key leads to it until the sweep repairs the code.
redis.call('PEXPIRE', key('rematch', old), SETTINGS.rematch_ttl_ms)
if not kept.code then return text end
return string.sub(text, 1, -2) .. ',"code_nonce":"' .. meta.code_nonce .. '"}'
