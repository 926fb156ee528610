-- Shared: all players of a room as JSON, with their ids. `list`: see shared/roster.lua.
--- @include "roster"

-- The ids of all players, and the public fields of all players and bots as JSON, made once for all messages about
-- this list.
local function texts(list)
  if list.ids then return list.ids, list.faces end
  local faces = {}
  for i = 1, #list do faces[i] = face_json(list[i]) end
  list.ids, list.faces = quoted(ids(list)), '[' .. table.concat(faces, ',') .. (list.bots and ',' .. list.bots or '') .. ']'
  return list.ids, list.faces
end
