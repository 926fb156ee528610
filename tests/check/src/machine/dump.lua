-- dump: all of a pool that the reference also knows, as rows of text.
-- ARGV: 1 the pool's tag, 2 the last outbox id that is known.
local tag, rows = ARGV[1], {}
local function row(...) rows[#rows + 1] = { ... } end
local function fields(name, list)
  local values = redis.call('HMGET', name, unpack(list))
  for i = 1, #list do values[i] = values[i] or '' end
  return unpack(values)
end
for _, name in ipairs(redis.call('KEYS', tag .. '*')) do
  local rest = string.sub(name, #tag + 1)
  local kind, id = string.match(rest, '^(%a+):(.*)$')
  if string.match(rest, ':ttl$') or rest == 'rooms:available' or rest == 'rooms:late' then
    kind = nil
  elseif kind == 'player' then
    row('player', id, fields(name, { 'state', 'room', 'reason', 'epoch', 'x' }))
    local away = redis.call('HGET', name, 'away')
    if away then row('away', id, away) end
    local late = redis.call('HGET', name, 'late')
    if late then row('late', id, late) end
  elseif kind == 'room' then
    row('room', id, fields(name,
      { 'state', 'generation', 'epoch', 'relay', 'boot', 'countdown_at', 'ttl_at', 'waiting', 'saved_tick' }))
    local free = redis.call('HGET', name, 'free')
    if free then row('free', id, free) end
  elseif kind == 'rooms' then
    row('seats', id, unpack(redis.call('SMEMBERS', name)))
  elseif kind == 'relay' then
    row('relay', id, unpack(redis.call('SMEMBERS', name)))
  end
end
row('queue', '', unpack(redis.call('ZRANGE', tag .. 'players_queue', 0, -1, 'WITHSCORES')))
row('aside', '', unpack(redis.call('ZRANGE', tag .. 'players_aside', 0, -1, 'WITHSCORES')))
row('available', '', unpack(redis.call('ZRANGE', tag .. 'rooms:available', 0, -1, 'WITHSCORES')))
row('offers', '', unpack(redis.call('ZRANGE', tag .. 'rooms:late', 0, -1, 'WITHSCORES')))
row('deadlines', '', unpack(redis.call('ZRANGE', tag .. 'deadlines', 0, -1, 'WITHSCORES')))
row('board', '', unpack(redis.call('ZRANGE', tag .. 'leaderboard', 0, -1, 'WITHSCORES')))
for _, entry in ipairs(redis.call('XRANGE', tag .. 'outbox', '(' .. ARGV[2], '+')) do
  row('entry', entry[1], entry[2][2], entry[2][4])
end
return rows
