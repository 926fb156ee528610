#!lua
-- queue_join: puts a player into the pool's queue, or returns where the player already is. Counts as a sign of life.
-- KEYS[1..6] the pool's; KEYS[7] player:<player>; KEYS[8] its shadow.
-- ARGV: 1 clock, 2 settings, 3 player, 4 name, 5 colour or '', 6 priority, 7 request or '', 8 the claim's nonce, 9
--   when the claim was taken (ms), 10 an unused ticket id, 11 the claim `game` of the token, or '', 12 the latencies
--   that the player measured, or ''; 13 the call's traceparent, or ''.
-- Returns {answer, holds}: answer {kind = queued|seated|playing, ...}, {kind = closed, reason} or {kind = late,
--   after}; holds: the record has this nonce, so the claim must stay. late: nothing was changed, because the claim is
--   older than claim_fresh_ms, or because its nonce is not above `after`, the nonce of the last membership (a newer
--   membership came first, or the clock was set back).
--- @include "answers"
--- @include "clock"
--- @include "closed"
--- @include "keys"
--- @include "player"
--- @defer "player_alive"
--- @include "pool"
--- @include "position"
--- @include "room"
--- @include "settings"
--- @defer "ticket_mint"
--- @include "touch"
--- @include "wake"
--- @include "whole"
local player, name, color, request, nonce = ARGV[3], ARGV[4], ARGV[5], ARGV[7], ARGV[8]

local function is_newer(record)
  return tonumber(nonce) > (tonumber(record.nonce) or 0)
end

local function answer_live(record)
  if record.state == 'queued' then return { kind = 'queued', position = position(player) or 1, new = false } end
  if record.state == 'seated' then return { kind = 'seated', room = record.room } end
  local meta = room_read(record.room)
  return { kind = 'playing', room = record.room, game = ticket_mint(player, record.room, meta, ARGV[10]) }
end

local record, error = player_read(player)
local answer = remembered(player, 'join', request)
if is_live(record) then
  player_alive(player, record)
  if not answer then
    answer = answer_live(record)
    remember(player, 'join', request, answer)
  end
  if is_newer(record) then redis.call('HSET', key('player', player), 'nonce', nonce) end
  return cjson.encode({ answer = answer, holds = is_newer(record) })
end
answer = answer or pool_closed()
if answer then return cjson.encode({ answer = answer, holds = false }) end
if now - tonumber(ARGV[9]) > SETTINGS.claim_fresh_ms or (record and not is_newer(record)) then
  return cjson.encode({ answer = { kind = 'late', after = record and record.nonce or '0' }, holds = false })
end

local priority = tonumber(ARGV[6])
local order = whole(now - priority * 1000)
if record or error then redis.call('DEL', key('player', player)) end
-- The most frequently used fields come first: Redis searches a short hash from its beginning. Known numbers are
-- already text.
redis.call('HSET', key('player', player), 'state', 'queued', 'room', '', 'colors', '["' .. (color ~= '' and color or '#ffffff') ..
  '"]', 'seat', '0', 'epoch', '0', 'name', name, 'color', color, 'attempts', '0', 'sid', nonce, 'nonce', nonce,
  'x', '0', 'y', '0', 'online', '1', 'joined_timestamp', whole(now), 'priority', ARGV[6], 'order', order)
-- Separate from the rest: most players have none, and a long value changes the encoding of the hash.
if ARGV[11] ~= '' then redis.call('HSET', key('player', player), 'game', ARGV[11]) end
if ARGV[12] ~= '' then redis.call('HSET', key('player', player), 'latencies', ARGV[12]) end
if ARGV[13] ~= '' then redis.call('HSET', key('player', player), 'trace', ARGV[13]) end
redis.call('ZADD', QUEUE, order, player)
player_touch(player)
local place = whole(position(player))
remember(player, 'join', request, { kind = 'queued', position = tonumber(place), new = true })
wake()
emit_queued(player, place)
return '{"answer":{"kind":"queued","position":' .. place .. ',"new":true},"holds":true}'
