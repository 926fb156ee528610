#!lua flags=allow-oom
-- seat_redeem: uses up a ticket, once, at the relay that it names: a seat ticket while its player still plays in that
-- room and epoch, a watch ticket while the match runs.
-- KEYS[1..6] the pool's; KEYS[7] seat:<id>. ARGV: 1 clock, 2 settings, 3 relay.
-- Returns {kind = seat, player, room, epoch, face?, trace?} | {kind = watch, player, room} | {kind = invalid} | {kind =
--   wrong_relay} (then the ticket is not used up). face: of a player who joined the running match, {player_id, name,
--   colors, late} as JSON. trace: the player's traceparent.
--- @include "late_face"
--- @include "player"
--- @include "room"
local text = redis.call('GET', KEYS[7])
if not text then return '{"kind":"invalid"}' end
local ticket = cjson.decode(text)
if ticket.relay ~= ARGV[3] then return '{"kind":"wrong_relay"}' end
redis.call('DEL', KEYS[7])
local meta = room_read(ticket.room)
if ticket.watch and meta and meta.state == 'started' then
  return cjson.encode({ kind = 'watch', player = ticket.player, room = ticket.room })
end
local record = player_read(ticket.player)
if ticket.watch or not meta or meta.state ~= 'started' or meta.epoch ~= ticket.epoch or not is_live(record) or record.room ~= ticket.room then
  return '{"kind":"invalid"}'
end
return cjson.encode({
  kind = 'seat', player = ticket.player, room = ticket.room, epoch = ticket.epoch, trace = record.trace,
  face = record.late and late_face({ id = ticket.player, record = record }, record.late) or nil,
})
