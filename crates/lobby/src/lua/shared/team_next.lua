-- Shared: the team of the next player.

-- `counts`: the number of players by team, from 0. Adds one to the smallest team and returns that team.
local function team_next(counts)
  local best = 0
  for team = 1, #counts do
    if counts[team] < counts[best] then best = team end
  end
  counts[best] = counts[best] + 1
  return best
end
