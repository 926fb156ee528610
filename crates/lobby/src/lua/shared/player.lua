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

local function position(player)
  local rank = redis.call('ZRANK', QUEUE, player)
  return rank and rank + 1 or nil
end

-- Out because he asked: nothing stays.
local function player_delete(player)
  redis.call('ZREM', QUEUE, player)
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
