-- Shared by every script of a pool, part 2: a player's record and how it is left.
local PLAYER_NUMBERS = { 'joined_timestamp', 'priority', 'attempts', 'order', 'seat', 'epoch' }

-- The record with its numbers as numbers; nil when there is none, or when something else stands in the key, which is the
-- second answer.
local function player_read(player)
  local record, error = hash(key.player(player))
  if not record then return nil, error end
  for _, field in ipairs(PLAYER_NUMBERS) do record[field] = tonumber(record[field]) or 0 end
  return record
end

-- Queued, seated or playing. `out` is a tombstone: it only says why.
local function is_live(record)
  return record ~= nil and (record.state == 'queued' or record.state == 'seated' or record.state == 'playing')
end

local function is_newer(nonce, record)
  return tonumber(nonce) > (tonumber(record.nonce) or 0)
end

-- A sign of life.
local function player_touch(player)
  arm('player:' .. player, now + SETTINGS.player_ttl_ms)
end

-- A player whose lobby socket closed, and who gave no sign of life for AWAY_MS after it, waits in ASIDE instead of QUEUE: with
-- the same score, and not seated. The record's field `away` says so, from the close to the next sign of life: it holds how
-- long (ms) the record would live on after AWAY_MS.
local ASIDE, AWAY_MS = TAG .. 'players_aside', 3000

local function emit_queued(player, place)
  redis.call('XADD', OUTBOX, '*', 'kind', 'queued', 'entry', '{"tell":[{"to":[' .. cjson.encode(player) ..
    '],"message":{"type":"queued","pool":"' .. POOL .. '","position":' .. place .. '}}]}')
end

local function position(player)
  local rank = redis.call('ZRANK', QUEUE, player)
  return rank and rank + 1 or nil
end

-- A sign of life of a live player. A player who was set aside is back in the queue, at the same place.
local function player_alive(player, record)
  if record.away then
    redis.call('HDEL', key.player(player), 'away')
    if redis.call('ZREM', ASIDE, player) == 1 then
      redis.call('ZADD', QUEUE, record.order, player)
      wake()
      emit_queued(player, whole(position(player)))
    end
  end
  player_touch(player)
end

-- Out because he asked: nothing stays.
local function player_delete(player)
  redis.call('ZREM', QUEUE, player)
  redis.call('ZREM', ASIDE, player)
  redis.call('DEL', key.player(player))
  disarm('player:' .. player)
end

-- Out without having asked: a tombstone says why until its deadline. Returns what the outbox must release.
local function player_bury(player, record, reason)
  player_delete(player)
  redis.call('HSET', key.player(player), 'state', 'out', 'reason', reason, 'room', '', 'name', record.name or '',
    'sid', record.sid or '0', 'nonce', record.nonce or '0')
  player_touch(player)
  return { player = player, nonce = record.nonce or '0' }
end

-- A single-use seat ticket, and where to use it.
local function ticket_mint(player, room, meta, ticket)
  redis.call('SET', key.ticket(ticket), cjson.encode({
    player = player, room = room, epoch = meta.epoch, relay = meta.relay,
  }), 'PX', 30000)
  return { url = meta.url, ticket = POOL .. '.' .. ticket, relay = meta.relay, epoch = meta.epoch }
end
