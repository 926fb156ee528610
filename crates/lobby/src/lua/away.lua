#!lua flags=allow-oom
-- away: the player's lobby socket closed and no other is open. Without a sign of life within
-- away_ms, expire_player sets the player aside; in a room that a player made, the player is silent
-- after host_silent_ms instead. Nothing changes for a player in a match: that seat is kept without
-- the lobby socket.
-- KEYS[1..6] the pool's; KEYS[7] player:<player>; KEYS[8] its shadow. ARGV: 1 clock, 2 settings, 3
--   player.
-- Returns 1 if the player has that time from now, else 0.
--- @include "clock"
--- @include "deadlines"
--- @include "keys"
--- @include "player"
--- @include "pool"
--- @include "settings"
--- @include "whole"
local player = ARGV[3]
local record = player_read(player)
if not is_live(record) or record.state == 'playing' or record.away then return 0 end
local member = 'player:' .. player
local state = record.room ~= '' and redis.call('HGET', key('room', record.room), 'state')
local away_ms = state == 'gathering' and SETTINGS.host_silent_ms or SETTINGS.away_ms
local at = tonumber(redis.call('ZSCORE', DEADLINES, member) or now)
local rest = math.min(math.floor(at) - now, SETTINGS.player_ttl_ms) - away_ms
if rest <= 0 then return 0 end
redis.call('HSET', key('player', player), 'away', whole(rest))
arm(member, now + away_ms)
return 1
