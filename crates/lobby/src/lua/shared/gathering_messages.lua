-- Shared: messages about a room that a player made. `list`: all players of the room.
--- @include "emit_text"
--- @include "pool"
--- @include "roster"
--- @include "settings"
--- @include "whole"

local function code_shown(code) return string.sub(code, 1, 3) .. '-' .. string.sub(code, 4) end

-- What the room's record says beside its players, as members of a JSON object.
local function gathering_fields(meta)
  return '"host":"' .. meta.host .. '","code":"' .. code_shown(meta.code) .. '","visibility":"' .. meta.visibility ..
    '","name":' .. cjson.encode(meta.name) .. ',"settings":' .. meta.settings .. ',"meta":' .. meta.meta ..
    (meta.queued and ',"queued_at_ms":' .. meta.queued or '')
end

-- `room_joined` to players whose seat is new, `room_updated` to the others, in one entry.
local function emit_gathering(kind, room, meta, list)
  local faces = {}
  for i = 1, #list do
    faces[i] = string.sub(face_json(list[i]), 1, -2) .. ',"ready":' .. tostring(list[i].ready == true) .. '}'
  end
  local message = ',"message":{"pool":"' .. POOL .. '","room":{"room_id":"' .. room .. '","state":"gathering","seats_min":' ..
    whole(SETTINGS.seats_min) .. ',"seats_max":' .. whole(meta.seats) .. ',"expires_at_ms":' .. whole(meta.ttl_at) .. ',' ..
    gathering_fields(meta) .. ',"players":[' .. table.concat(faces, ',') .. ']},"type":"'
  local tell, joined, updated = {}, ids(list, true), ids(list, false)
  if #joined > 0 then tell[1] = '{"to":' .. quoted(joined) .. message .. 'room_joined"}}' end
  if #updated > 0 then tell[#tell + 1] = '{"to":' .. quoted(updated) .. message .. 'room_updated"}}' end
  emit_text(kind, room, nil, table.concat(tell, ','))
end
