-- Shared: teams, in a pool that has them. A group has its team from the time it gets seats in an open room: `team`,
-- in the record of its own room. All other players get one when the match starts.
--- @include "bots_fill"
--- @include "keys"
--- @include "settings"
--- @include "team_count"
--- @include "team_next"

local function no_players()
  local counts = {}
  for team = 0, SETTINGS.team_count - 1 do counts[team] = 0 end
  return counts
end

-- The players of the room's groups: the number by team, and the team of each player.
local function group_teams(meta)
  local counts, teams = no_players(), {}
  for group, players in string.gmatch(meta.groups or '', '([^=;]+)=([^;]*)') do
    local team = tonumber(redis.call('HGET', key('room', group), 'team') or 0)
    for player in string.gmatch(players, '[^,]+') do
      counts[team] = counts[team] + 1
      teams[player] = team
    end
  end
  return counts, teams
end

-- The team for a group of this size: the one with the fewest players of groups. nil: the group fits in no team, or it
-- would leave no seat for an empty team.
local function team_for(meta, size)
  local counts = group_teams(meta)
  local best, total, empty = nil, size, 0
  for _, count in pairs(counts) do
    total = total + count
    if count == 0 then empty = empty + 1 end
  end
  for team = 0, SETTINGS.team_count - 1 do
    if counts[team] + size <= SETTINGS.team_size and (not best or counts[team] < counts[best]) then best = team end
  end
  if best and counts[best] == 0 then empty = empty - 1 end
  return total + empty <= SETTINGS.seats_max and best or nil
end

-- Gives every player a team. Returns the number of players in each team.
local function teams_set(meta, list)
  local counts, teams = no_players(), select(2, group_teams(meta))
  for _, member in ipairs(list) do
    member.team = teams[member.id]
    if member.team then counts[member.team] = counts[member.team] + 1 end
  end
  for _, member in ipairs(list) do member.team = member.team or team_next(counts) end
  return counts
end

-- Whether each team would have a player, or a bot, if the match started now.
local function teams_ready(meta, list)
  if not team_count() then return true end
  local _, teams = group_teams(meta)
  local others, has = math.max(0, (fill_to() or 0) - #list), {}
  for _, member in ipairs(list) do
    local team = teams[member.id]
    if team then has[team] = true else others = others + 1 end
  end
  for team = 0, SETTINGS.team_count - 1 do
    if not has[team] then others = others - 1 end
  end
  return others >= 0
end
