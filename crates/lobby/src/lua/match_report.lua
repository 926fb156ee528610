#!lua
-- match_report: a player of a match reports another player of it; once, and within a limit.
-- KEYS[1..6] the pool's; KEYS[7] reports. ARGV: 1 clock, 2 settings, 3 the player who reports, 4 the reported player,
--   5 room; '': the running match that the player is in, 6 tick, 7 reason, 8 how many reports are kept, 9 how long
--   (ms), 10 how many a player may send, 11 within how long (ms).
-- Returns received | again | too_many | not_playing | unknown | not_member | no_such_player.
--- @include "keys"
--- @include "player"
local by, player, room = ARGV[3], ARGV[4], ARGV[5]
if room == '' then
  local record = player_read(by)
  if not record or record.state ~= 'playing' then return 'not_playing' end
  room = record.room
end

-- The name of each player.
local function names_of(faces)
  local names = {}
  for _, face in ipairs(faces) do names[face.player_id] = face.name or '' end
  return names
end
-- The names of the players of a finished match from its replay, and of late players from its result; nil if both are
-- gone.
local function names_of_finished()
  local header = string.match(redis.call('GETRANGE', key('replay', room), 0, 65535), '^([^\n]*)\n')
  if not header and redis.call('EXISTS', key('names', room)) == 0 then return nil end
  local names = header and names_of(cjson.decode(header).players) or {}
  for _, id in ipairs({ by, player }) do names[id] = redis.call('HGET', key('names', room), id) or names[id] end
  return names
end

local state, roster = unpack(redis.call('HMGET', key('room', room), 'state', 'roster'))
if state and state ~= 'started' then return 'not_playing' end
local names
if state then names = names_of(cjson.decode(roster)) else names = names_of_finished() end
if not names then return 'unknown' end
if not names[by] then return 'not_member' end
if not names[player] then return 'no_such_player' end

local reported, sent = key('reported', room), key('reporter', by)
local pair = by .. ' ' .. player
if redis.call('SISMEMBER', reported, pair) == 1 then return 'again' end
if tonumber(redis.call('GET', sent) or 0) >= tonumber(ARGV[10]) then return 'too_many' end
if redis.call('INCR', sent) == 1 then redis.call('PEXPIRE', sent, ARGV[11]) end
redis.call('SADD', reported, pair)
redis.call('PEXPIRE', reported, ARGV[9])
redis.call('XADD', KEYS[7], 'MAXLEN', '~', ARGV[8], '*', 'room', room, 'tick', ARGV[6], 'player', player,
  'name', names[player], 'by', by, 'by_name', names[by], 'reason', ARGV[7])
return 'received'
