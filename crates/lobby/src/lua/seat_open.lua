#!lua
-- seat_open: makes the seat ticket of a notification.
-- KEYS[1..6] the pool's; KEYS[7] player:<player>; KEYS[8] its shadow.
-- ARGV: 1 clock, 2 settings, 3 player, 4 room, 5 an unused ticket id.
-- Returns {url, webtransport?, ticket, relay, epoch, trace? = the player's traceparent}, or nil if the player no longer
--   plays in that room.
--- @include "player"
--- @include "room"
--- @include "ticket_mint"
local player, room = ARGV[3], ARGV[4]
local record, meta = player_read(player), room_read(room)
if not meta or meta.state ~= 'started' or not is_live(record) or record.room ~= room then return nil end
local game = ticket_mint(player, room, meta, ARGV[5])
game.trace = record.trace
return cjson.encode(game)
