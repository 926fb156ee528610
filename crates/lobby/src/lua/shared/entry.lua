-- Shared: how a player enters a room that a player made.
-- ARGV: 3 player, 4 name, 5 colour or '', 6 request or '', 7 the claim's nonce, 8 when the claim was taken (ms), 9 an
--   unused ticket id, 10 the claim `game` of the token, or '', 11 '1' to leave the queue or another room first; '?':
--   the player is in another pool, and the answer only says whether they would get a seat: {kind = accepted}. Nothing
--   is changed. 12 the latencies that the player measured, or ''. The last one: the call's traceparent, or ''.
--- @include "answers"
--- @include "aside"
--- @include "clock"
--- @include "closed"
--- @include "gathering"
--- @include "keys"
--- @include "player"
--- @defer "player_alive"
--- @include "pool"
--- @include "room"
--- @include "seat_all"
--- @include "settings"
--- @defer "ticket_mint"
--- @include "touch"
--- @defer "unseat"
--- @include "whole"

local PLAYER, REQUEST, NONCE, ASKS = ARGV[3], ARGV[6], ARGV[7], ARGV[11] == '?'

-- holds: the record has this nonce, so the claim must stay.
local function entry_answer(answer, holds) return cjson.encode({ answer = answer, holds = holds }) end

local function seated_in(room, meta)
  return { kind = 'seated', room = room, code = meta.code, host = meta.host }
end

-- The player's record, and the answer if it is known without reading the room: the request was answered before, the
-- player plays, is already in `room`, waits elsewhere and does not agree to leave, or is not in the pool, which is
-- closed.
local function entry_begin(kind, room)
  local record, error = player_read(PLAYER)
  local is_newer = tonumber(NONCE) > (record and tonumber(record.nonce) or 0)
  local answer = remembered(PLAYER, kind, REQUEST)
  if ASKS then
    answer = answer or pool_closed()
    return record, answer and entry_answer(answer, false)
  end
  if is_live(record) then
    player_alive(PLAYER, record)
    if is_newer then redis.call('HSET', key('player', PLAYER), 'nonce', NONCE) end
    if answer then return record, entry_answer(answer, is_newer) end
    local meta = record.room ~= '' and room_read(record.room)
    if record.state == 'playing' then
      answer = { kind = 'playing', room = record.room, game = ticket_mint(PLAYER, record.room, meta, ARGV[9]) }
    elseif record.room ~= '' and record.room == room then
      answer = seated_in(room, meta)
    elseif ARGV[11] ~= '1' then
      answer = { kind = 'queued', room = record.room ~= '' and record.room or nil }
    end
    return record, answer and entry_answer(answer, is_newer)
  end
  answer = answer or pool_closed()
  if answer then return record, entry_answer(answer, false) end
  if now - tonumber(ARGV[8]) > SETTINGS.claim_fresh_ms or (record and not is_newer) then
    return record, entry_answer({ kind = 'late', after = record and record.nonce or '0' }, false)
  end
  if error then redis.call('DEL', key('player', PLAYER)) end
  return record, nil
end

-- Removes the player from the queue, or from the other room, whose players are notified.
local function entry_leave(record)
  redis.call('ZREM', QUEUE, PLAYER)
  redis.call('ZREM', ASIDE, PLAYER)
  if record.state ~= 'seated' then return end
  local _, notify_others = unseat(PLAYER, record)
  notify_others()
end

-- Seats the player in the room with the players of `list`, and notifies all of them.
local function entry_seat(kind, record, room, meta, list)
  if ASKS then return entry_answer({ kind = 'accepted' }, false) end
  if is_live(record) then entry_leave(record) end
  if record then redis.call('DEL', key('player', PLAYER)) end
  local member = { id = PLAYER, record = { name = ARGV[4], color = ARGV[5] } }
  seat_all(room, meta, list, { member })
  redis.call('HSET', key('player', PLAYER), 'state', 'seated', 'room', room, 'colors', member.colors, 'seat', whole(member.seat),
    'epoch', '0', 'name', ARGV[4], 'color', ARGV[5], 'attempts', '0', 'sid', NONCE, 'nonce', NONCE, 'x', '0', 'y', '0',
    'online', '1', 'joined_timestamp', whole(now), 'priority', '0', 'order', whole(now))
  if ARGV[10] ~= '' then redis.call('HSET', key('player', PLAYER), 'game', ARGV[10]) end
  if ARGV[12] ~= '' then redis.call('HSET', key('player', PLAYER), 'latencies', ARGV[12]) end
  if ARGV[#ARGV] ~= '' then redis.call('HSET', key('player', PLAYER), 'trace', ARGV[#ARGV]) end
  player_touch(PLAYER)
  gathering_settle(kind, room, meta, list)
  local answer = seated_in(room, meta)
  answer.new = true
  remember(PLAYER, kind, REQUEST, answer)
  return entry_answer(answer, true)
end
