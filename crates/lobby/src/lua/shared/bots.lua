-- Shared: the bots of a match: seats that the match's relay plays instead of a player. The room's record has each bot
-- as JSON, in the field bot:<seat>.
--- @include "bots_fill"
--- @include "colors"
--- @include "keys"
--- @include "settings"
--- @include "team_next"

local BOT_NAMES = {
  'Ada', 'Grace', 'Alan', 'Edsger', 'Barbara', 'Donald', 'Hedy', 'Linus', 'Radia', 'Dennis', 'Joan', 'Niklaus', 'Mary',
  'Ken', 'Frances', 'Tony',
}

-- A bot's public fields as JSON. Its id is a UUID of version 8, which no player has.
local function bot_face(seat, color, team, random)
  local id = string.sub(random, 1, 8) .. '-' .. string.sub(random, 9, 12) .. '-8' .. string.sub(random, 13, 15) .. '-8' ..
    string.sub(random, 16, 18) .. '-' .. string.sub(random, 19, 30)
  local name = 'Bot ' .. BOT_NAMES[seat % #BOT_NAMES + 1]
  if seat >= #BOT_NAMES then name = name .. ' ' .. math.floor(seat / #BOT_NAMES) + 1 end
  return '{"player_id":"' .. id .. '","name":"' .. name .. '","colors":["' .. color .. '"]' .. (team and ',"team":' .. team or '') ..
    ',"bot":true}'
end

-- The bots of a match as JSON, in seat order; nil if it has none.
local function bots_of(meta)
  if not fill_to() then return nil end
  local faces = {}
  for seat = 0, SETTINGS.seats_max - 1 do faces[#faces + 1] = meta['bot:' .. seat] end
  return #faces > 0 and table.concat(faces, ',') or nil
end

-- Fills the starting room with bots up to `count`, and fills the teams evenly (`list.teams`: the number of players in
-- each). The players have already chosen their colors.
local function bots_add(room, meta, list, count, entropy)
  local taken, fields = colors_taken(list), {}
  for seat = #list, count - 1 do
    local color = color_pick(nil, taken)
    taken[color] = true
    local field = 'bot:' .. seat
    meta[field] = bot_face(seat, color, list.teams and team_next(list.teams), redis.sha1hex(entropy .. room .. field))
    fields[#fields + 1] = field
    fields[#fields + 1] = meta[field]
  end
  if #fields == 0 then return end
  redis.call('HSET', key('room', room), unpack(fields))
  list.bots = bots_of(meta)
  list.ids, list.faces = nil, nil
end

-- Removes a bot whose seat a player has now.
local function bot_remove(room, meta, seat)
  local field = 'bot:' .. seat
  if not meta[field] then return end
  redis.call('HDEL', key('room', room), field)
  meta[field] = nil
end
