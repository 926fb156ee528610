#!lua flags=allow-oom
-- seat_return: a relay returns the seat of a late player. `refused`: the game refused the player, who is at the front
-- of the queue again. `not_connected`: the player did not connect in time and is removed. The player is notified in
-- both cases.
-- KEYS[1..6] the pool's; KEYS[7] room:<room>; KEYS[8] its shadow; KEYS[9] player:<player>.
-- ARGV: 1 clock, 2 settings, 3 room, 4 relay, 5 epoch, 6 player, 7 refused | not_connected.
-- Returns 1, or 0 if the player has no late seat there, or the room does not belong to this relay
--   and epoch.
--- @include "emit"
--- @include "player"
--- @include "player_exit"
--- @include "requeue"
--- @include "room"
--- @include "unseat"
--- @include "wake"
local room, player, reason = ARGV[3], ARGV[6], ARGV[7]
local meta, record = room_read(room), player_read(player)
if not meta or meta.state ~= 'started' or meta.relay ~= ARGV[4] or meta.epoch ~= tonumber(ARGV[5]) then return 0 end
if not is_live(record) or record.room ~= room or not record.late then return 0 end

local release, message = nil, nil
if reason == 'refused' then
  requeue(player, record.order)
  wake()
  message = requeued({ player }, 'seat_refused')
else
  release = { player_bury(player, record, reason) }
  message = { to = { player }, message = { type = 'removed', reason = reason, room_id = room } }
end
emit(reason, { room = room, inbox = unseat(player, record), release = release, tell = { message } })
return 1
