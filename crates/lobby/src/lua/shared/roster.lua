-- Shared: the players of a room as JSON. `list`: all players of the room; `list.bots`: the bots of a
-- match, as bots_of returns them.
--- @include "is_bot"

-- The ids of all players, or only of those whose seat is new (true) or is not (false).
local function ids(list, is_new)
  local out = {}
  for i = 1, #list do
    local member = list[i]
    if is_new == nil or is_new == (member.is_unsaved == true) then out[#out + 1] = member.id end
  end
  return out
end

-- Ids as JSON. An id is a UUID and needs no escaping.
local function quoted(to)
  return #to > 0 and '["' .. table.concat(to, '","') .. '"]' or '[]'
end

-- A player's public fields as JSON, and `more` fields.
local function face_json(member, more)
  local team = member.team or member.record.team
  return '{"player_id":"' .. member.id .. '","name":' .. cjson.encode(member.record.name or '') .. ',"colors":' ..
    (member.colors or member.record.colors or '["#ffffff"]') .. (team and ',"team":' .. team or '') ..
    (is_bot(member.id) and ',"bot":true' or '') .. (more or '') .. '}'
end
