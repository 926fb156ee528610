#!lua flags=allow-oom
-- player_remove: an operator removes a player from the queue, a room or a match. The relay of the match gets an inbox
-- message. A gathering room does not let the player in again.
-- KEYS[1..6] the pool's; KEYS[7] player:<player>; KEYS[8] its shadow.
-- ARGV: 1 clock, 2 settings, 3 player, 4 kicked | banned, 5 the only room to remove the player from, or ''.
-- Returns {kind = removed, state, room?, nonce}: the caller releases the claim with this nonce | {kind = absent}:
--   nothing was changed.
--- @include "emit"
--- @include "kicked"
--- @include "player"
--- @include "player_exit"
--- @include "room"
--- @include "unseat"
local player, reason, only = ARGV[3], ARGV[4], ARGV[5]
local record = player_read(player)
if not is_live(record) or (only ~= '' and record.room ~= only) then return '{"kind":"absent"}' end

local room = record.room ~= '' and record.room or nil
local meta = room and room_read(room)
if meta and meta.state == 'gathering' then kicked_add(room, meta, player) end
local release, inbox, notify_others = player_bury(player, record, reason), {}, function() end
if room then inbox, notify_others = unseat(player, record) end
for _, message in ipairs(inbox) do
  if message.kind == 'left' then message.reason = reason end
end
emit(reason, { room = room, inbox = inbox, release = { release }, tell = { {
  to = { player }, message = { type = 'removed', reason = reason, room_id = room },
} } })
notify_others()
return cjson.encode({ kind = 'removed', state = record.state, room = room, nonce = release.nonce })
