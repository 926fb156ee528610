-- Shared: the search for a running match with free seats.
--- @include "clock"
--- @include "is_bot"
--- @include "late"
--- @include "lease_flags"
--- @include "pool"
--- @include "room"
--- @include "seated"
--- @include "settings"

-- How many matches one player may be refused by.
local TRIES_MAX = 4
-- Matches that were read, in order: {room, meta, free = seats, places = how many players it may
-- get, new = the players to seat}.
local matches, listed_late = {}, nil

-- Whether its relay is alive, and late_until has not come.
local function takes_late(meta)
  local lease = tonumber(redis.call('ZSCORE', DEADLINES, 'relay:' .. meta.relay) or '')
  return meta.state == 'started' and now < (tonumber(meta.late_until) or 0) and lease and lease > now and lease % 1 ~= DEAD
end

-- The next listed match, fewest free seats first. One that takes nobody any more is removed.
local function next_match()
  listed_late = listed_late or redis.call('ZRANGE', LATE, '0', ARGV[5])
  while #listed_late > 0 do
    local room = table.remove(listed_late, 1)
    local meta = room_read(room)
    if meta and meta.free and takes_late(meta) then
      local match = { room = room, meta = meta, free = {}, new = {} }
      for seat in string.gmatch(meta.free, '%d+') do match.free[#match.free + 1] = seat end
      match.places = math.min(#match.free, SETTINGS.seats_max - seated(room))
      matches[#matches + 1] = match
      return match
    end
    if meta then late_withdraw(room, meta) else redis.call('ZREM', LATE, room) end
  end
  return nil
end

-- The first match that has a place for this player; nil if there is none. A match does not take a
-- player whom its roster has: they gave it up, or it gave them up. Nor does it take a bot: bots that
-- wait for people would fill every seat.
local function match_find(player)
  if is_bot(player) then return nil end
  local tries = 0
  local function fits(match)
    if #match.new >= match.places then return false end
    if not string.find(match.meta.roster, player, 1, true) then return true end
    tries = tries + 1
    return false
  end
  for _, match in ipairs(matches) do
    if fits(match) then return match end
  end
  while tries < TRIES_MAX do
    local match = next_match()
    if not match then return nil end
    if fits(match) then return match end
  end
  return nil
end
