-- Shared: a late player as JSON for the relay that runs the match.
--- @include "roster"
--- @include "whole"

-- `late`: the number of the seat.
local function late_face(member, late)
  return string.sub(face_json(member), 1, -2) .. ',"late":' .. whole(tonumber(late)) .. '}'
end
