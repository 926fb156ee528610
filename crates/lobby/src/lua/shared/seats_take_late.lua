-- Shared: seating in a running match.
--- @include "bots"
--- @include "emit_text"
--- @include "keys"
--- @include "late"
--- @include "late_face"
--- @include "members"
--- @include "roster"
--- @include "seat_all"
--- @include "seat_save"
--- @include "texts"
--- @include "whole"

-- Seats these players in a running match, each in seat `late` of the offered ones, and notifies them as at a start.
-- The relay gets an inbox message for each. `free`: the seats that are still offered.
local function seats_take_late(room, meta, free, new)
  local list, inbox, faces = members(room), {}, {}
  for i = 1, #new do bot_remove(room, meta, new[i].late) end
  list.bots = bots_of(meta)
  seat_all(room, meta, list, new)
  for i = 1, #new do
    local member, seat = new[i], new[i].late
    seat_save(member, room, 'playing', meta.epoch)
    redis.call('HSET', key('player', member.id), 'late', seat)
    if member.team then redis.call('HSET', key('player', member.id), 'team', whole(member.team)) end
    faces[i] = face_json(member)
    inbox[i] = {
      relay = meta.relay, kind = 'joined', room = room, epoch = meta.epoch, player = member.id, face = late_face(member, seat),
    }
    new[i] = member.id
  end
  meta.roster = string.sub(meta.roster, 1, -2) .. ',' .. table.concat(faces, ',') .. ']'
  redis.call('HSET', key('room', room), 'seated_count', whole(meta.seated_count), 'roster', meta.roster)
  late_offer(room, meta, free)
  emit_text('joined_late', room, inbox, '{"to":', quoted(new), ',"message":{"type":"match_started","room_id":"', room, '","players":',
    select(2, texts(list)), '}}')
end
