#!lua flags=allow-oom
-- relay_takeover: gives the rooms that an earlier run of a relay claimed to its new run, with a new epoch, and writes
-- what the new run reports about the pool's game.
-- KEYS[1..6] the pool's; KEYS[7] relay:<relay> of the pool.
-- ARGV: 1 clock, 2 settings, 3 relay, 4 its url, 5 its boot nonce, 6 the pool's game or '', 7 the ranges of its
--   settings as JSON, 8 its region or '', 9 its address for WebTransport as JSON or '', 10 the least and most
--   players of the game as JSON.
-- Returns how many rooms moved to the new run.
--- @include "game_settings"
--- @include "keys"
--- @include "match_messages"
--- @include "members"
--- @include "pool"
--- @include "room"
--- @include "room_give"
local relay, region, moved = ARGV[3], ARGV[8] ~= '' and ARGV[8] or nil, 0
local webtransport = ARGV[9] ~= '' and cjson.decode(ARGV[9]) or nil
redis.call('ZREM', DEADLINES, 'relay:' .. relay)
if ARGV[6] ~= '' then redis.call('HSET', GAME, 'name', ARGV[6], 'settings', ARGV[7], 'seats', ARGV[10]) end
for _, room in ipairs(redis.call('SMEMBERS', key('relay', relay))) do
  local meta = room_read(room)
  if meta and meta.relay == relay and meta.boot ~= '' and meta.boot ~= ARGV[5] then
    local list = members(room)
    if region ~= meta.region then meta.worst_ms = nil end
    room_give(room, meta, { id = relay, url = ARGV[4], webtransport = webtransport, region = region }, list)
    emit_match('match_moved', room, meta, list)
    moved = moved + 1
  end
end
return moved
