-- Shared: teams of a running match, in a pool that has teams and late joins.
--- @include "keys"
--- @include "settings"

-- Adds to a match of match_find: players and sizes = the number of players, and of players and bots, by team; bots =
-- the teams of the bots by seat.
local function teams_read(match)
  match.players, match.sizes, match.bots = {}, {}, {}
  for team = 0, SETTINGS.team_count - 1 do match.players[team], match.sizes[team] = 0, 0 end
  for _, player in ipairs(redis.call('SMEMBERS', key('rooms', match.room))) do
    local team = tonumber(redis.call('HGET', key('player', player), 'team') or nil)
    if team then match.players[team], match.sizes[team] = match.players[team] + 1, match.sizes[team] + 1 end
  end
  for seat = 0, SETTINGS.seats_max - 1 do
    local team = tonumber(string.match(match.meta['bot:' .. seat] or '', '"team":(%d+)'))
    if team then match.bots[tostring(seat)], match.sizes[team] = team, match.sizes[team] + 1 end
  end
end

-- Selects this number of free seats for a team: first those of its bots, then those without a bot while the team has
-- places. nil: there are too few.
local function team_seats(match, team, count)
  local seats, left = {}, SETTINGS.team_size - match.sizes[team]
  for _, seat in ipairs(match.free) do
    if match.bots[seat] == team then seats[#seats + 1] = seat end
  end
  for _, seat in ipairs(match.free) do
    if not match.bots[seat] and left > 0 then
      left = left - 1
      seats[#seats + 1] = seat
    end
  end
  if #seats < count then return nil end
  return { unpack(seats, 1, count) }
end

-- The team for this number of late players, with their seats: among those with enough seats, the one with the fewest
-- players, then with the fewest players and bots. nil: there is none.
local function team_late(match, count)
  local best, seats = nil, nil
  for team = 0, SETTINGS.team_count - 1 do
    local found = team_seats(match, team, count)
    local fewer = not best or match.players[team] < match.players[best] or
      match.players[team] == match.players[best] and match.sizes[team] < match.sizes[best]
    if found and fewer then best, seats = team, found end
  end
  return best, seats
end
