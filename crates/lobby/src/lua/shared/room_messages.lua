-- Shared: messages about the seats of a room. `list`: all players of the room.
--- @include "emit_text"
--- @include "pool"
--- @include "roster"
--- @include "settings"
--- @include "texts"
--- @include "whole"

-- Emits `room_joined` to players whose seat is new and `room_updated` to the others, in one entry.
local function emit_room(kind, room, meta, list)
  local all_ids, faces = texts(list)
  local fresh = 0
  for i = 1, #list do
    if list[i].is_unsaved then fresh = fresh + 1 end
  end
  local message = ',"message":{"pool":"' .. POOL .. '","room":{"room_id":"' .. room .. '","seats_min":' .. whole(SETTINGS.seats_min) ..
    ',"seats_max":' .. whole(SETTINGS.seats_max) .. ',"expires_at_ms":' .. whole(meta.ttl_at) .. ',"players":'
  local joined, updated = '},"type":"room_joined"}}', '},"type":"room_updated"}}'
  if fresh == #list then
    emit_text(kind, room, nil, '{"to":', all_ids, message, faces, joined)
  elseif fresh == 0 then
    emit_text(kind, room, nil, '{"to":', all_ids, message, faces, updated)
  else
    emit_text(kind, room, nil, '{"to":', quoted(ids(list, true)), message, faces, joined,
      ',{"to":', quoted(ids(list, false)), message, faces, updated)
  end
end
