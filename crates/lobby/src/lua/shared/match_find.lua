-- Shared: the search for a running match with free seats.
--- @include "clock"
--- @include "is_bot"
--- @include "late"
--- @include "pool"
--- @include "room"
--- @include "seated"
--- @include "settings"
--- @include "team_count"
--- @include "team_late"

-- The most matches that may refuse one player or group.
local TRIES_MAX = 4
-- Matches that were read, in order: {room, meta, free = seats, places = how many players it may take, new = the
-- players to seat}. by_room: the same by room, or false for a match that takes nobody. listed_late: by number of
-- seats, the matches that offer that number, fewest first, as the call found them.
local matches, by_room, listed_late = {}, {}, {}

-- Whether late_until has not passed, and the pool does not know that the relay is dead.
local function takes_late(meta)
  return meta.state == 'started' and now < (tonumber(meta.late_until) or 0) and not redis.call('ZSCORE', DEADLINES, 'relay:' .. meta.relay)
end

-- The match; false if it takes nobody, which also removes it from the list.
local function match_read(room)
  local meta = room_read(room)
  if meta and meta.free and takes_late(meta) then
    local match = { room = room, meta = meta, free = {}, new = {} }
    for seat in string.gmatch(meta.free, '%d+') do match.free[#match.free + 1] = seat end
    match.places = math.min(#match.free, SETTINGS.seats_max - seated(room))
    if team_count() then teams_read(match) end
    matches[#matches + 1] = match
    return match
  end
  if meta then late_withdraw(room, meta) else redis.call('ZREM', LATE, room) end
  return false
end

-- A match does not take a player who is in its roster: one who forfeited or was removed.
local function is_new_to(match, list)
  for i = 1, #list do
    if string.find(match.meta.roster, list[i].id, 1, true) then return false end
  end
  return true
end

-- Gives the players their seats, in one team in a pool with teams. False: no team has enough seats.
local function seats_give(match, list)
  local team, seats = nil, match.free
  if team_count() then
    team, seats = team_late(match, #list)
    if not team then return false end
  end
  local is_taken = {}
  for i = 1, #list do
    local member, seat = list[i], seats[i]
    member.late, member.team, is_taken[seat] = seat, team, true
    if team then
      match.players[team] = match.players[team] + 1
      if match.bots[seat] then match.bots[seat] = nil else match.sizes[team] = match.sizes[team] + 1 end
    end
    match.new[#match.new + 1] = member
  end
  local free = {}
  for _, seat in ipairs(match.free) do
    if not is_taken[seat] then free[#free + 1] = seat end
  end
  match.free = free
  return true
end

-- Gives these players seats in the first match that has places for all of them, and returns it; nil if there is none.
-- Bots get no seat: bots that wait for players would fill every seat.
local function match_find(list)
  local seats, tries = #list, 0
  for i = 1, seats do
    if is_bot(list[i].id) then return nil end
  end
  local listed = listed_late[seats] or redis.call('ZRANGEBYSCORE', LATE, seats, '+inf', 'LIMIT', '0', ARGV[5])
  listed_late[seats] = listed
  for i = 1, #listed do
    local match = by_room[listed[i]]
    if match == nil then
      if tries >= TRIES_MAX then return nil end
      match = match_read(listed[i])
      by_room[listed[i]] = match
    end
    if match and #match.new + seats <= match.places then
      if is_new_to(match, list) and seats_give(match, list) then return match end
      tries = tries + 1
    end
  end
  return nil
end
