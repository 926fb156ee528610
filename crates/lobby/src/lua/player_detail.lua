#!lua flags=no-writes
-- player_detail: this pool's record of a player, for operators. Unlike me, it is not a sign of life.
-- KEYS[1..6] the pool's. ARGV: 1 clock, 2 settings, 3 player.
-- Returns null without a record, or {state, nonce, reason?, room?, name?, position?, online, away, expires_ms?}.
--   expires_ms: when the record's deadline comes.
--- @include "player"
--- @include "pool"
local player = ARGV[3]
local record = player_read(player)
if not record then return 'null' end
local place = record.state == 'queued' and redis.call('ZRANK', QUEUE, player)
return cjson.encode({
  state = record.state or '', nonce = record.nonce or '0', reason = record.reason, room = record.room ~= '' and record.room or nil,
  name = record.name, position = place and place + 1 or nil, online = record.online == '1', away = record.away ~= nil,
  expires_ms = tonumber(redis.call('ZSCORE', DEADLINES, 'player:' .. player) or nil),
})
