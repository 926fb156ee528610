-- Shared: a late player as JSON for the relay that runs the match.
--- @include "keys"
--- @include "roster"
--- @include "whole"

-- `late`: the number of the seat.
local function late_face(member, late)
  local game = redis.call('HGET', key('player', member.id), 'game')
  local carried = game and ',"game":' .. cjson.encode(game) or ''
  return face_json(member, carried .. ',"late":' .. whole(tonumber(late)))
end
