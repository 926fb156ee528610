-- Shared: the game's settings. {pool}:game has the name of the pool's game, the ranges of its settings as
-- JSON {name = {min, max, default}}, and the least and most players of a match as JSON [least, most]. The pool's relays write it when they register: the lobby knows no games.
--- @include "pool"

local GAME = TAG .. 'game'

-- Why a room cannot have these settings (JSON): {kind, setting, range?} for the first setting, by name, that is
-- unknown or out of its range. nil if the room can have them, or no relay has registered yet.
local function settings_refused(text)
  local known = text ~= '{}' and redis.call('HGET', GAME, 'settings')
  if not known then return nil end
  local ranges, chosen, wrong = cjson.decode(known), cjson.decode(text), nil
  for name, value in pairs(chosen) do
    local range = ranges[name]
    local fits = range and value >= range.min and value <= range.max
    if not fits and (not wrong or name < wrong) then wrong = name end
  end
  local range = wrong and ranges[wrong]
  return wrong and { kind = 'settings_invalid', setting = wrong, range = range and { range.min, range.max } }
end
