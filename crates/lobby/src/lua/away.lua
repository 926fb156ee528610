#!lua flags=allow-oom
-- away: the player's lobby socket closed and none is open. Without a sign of life within AWAY_MS, player_decide sets the player
-- aside. Nothing changes for who plays: a seat in a running match is kept without the lobby socket.
-- KEYS[1..6] the pool's; KEYS[7] player:<player>; KEYS[8] its shadow. ARGV: 1 clock, 2 settings, 3 player.
-- Returns 1 when the player has AWAY_MS now, else 0.
local player = ARGV[3]
local record = player_read(player)
if not is_live(record) or record.state == 'playing' or record.away then return 0 end
local member = 'player:' .. player
local at = tonumber(redis.call('ZSCORE', DEADLINES, member) or now)
local rest = math.min(math.floor(at) - now, SETTINGS.player_ttl_ms) - AWAY_MS
if rest <= 0 then return 0 end
redis.call('HSET', key.player(player), 'away', whole(rest))
arm(member, now + AWAY_MS)
return 1
