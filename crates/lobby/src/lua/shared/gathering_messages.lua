-- Shared: messages about a room that a player made. `list`: all players of the room.
--- @include "emit_text"
--- @include "pool"
--- @include "roster"
--- @include "settings"
--- @include "whole"

-- Emits `room_joined` to players whose seat is new and `room_updated` to the others, in one entry.
local function emit_gathering(kind, room, meta, list)
  local faces = {}
  for i = 1, #list do
    faces[i] = face_json(list[i], list[i].ready and ',"ready":true' or ',"ready":false')
  end
  local message = ',"message":{"pool":"' .. POOL .. '","room":{"room_id":"' .. room .. '","state":"gathering","seats_min":' ..
    whole(SETTINGS.seats_min) .. ',"seats_max":' .. whole(meta.seats) .. ',"expires_at_ms":' .. whole(meta.ttl_at) .. ',' ..
    '"host":"' .. meta.host .. '","code":"' .. string.sub(meta.code, 1, 3) .. '-' .. string.sub(meta.code, 4) ..
    '","visibility":"' .. meta.visibility .. '","name":' .. cjson.encode(meta.name) .. ',"settings":' .. meta.settings ..
    ',"meta":' .. meta.meta .. (meta.queued and ',"queued_at_ms":' .. meta.queued or '') .. ',"players":[' .. table.concat(faces, ',') .. ']},"type":"'
  local tell, joined, updated = {}, ids(list, true), ids(list, false)
  if #joined > 0 then tell = { '{"to":', quoted(joined), message, 'room_joined"}}' } end
  if #updated > 0 then
    for _, part in ipairs({ #tell > 0 and ',{"to":' or '{"to":', quoted(updated), message, 'room_updated"}}' }) do tell[#tell + 1] = part end
  end
  emit_text(kind, room, nil, unpack(tell))
end
