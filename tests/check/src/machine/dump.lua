-- dump: the state of the pools that the reference also has, as rows of text.
-- ARGV: pairs of a pool's tag and the last outbox id of it that is known.
-- Returns a list of rows for each pool, followed by the codes and the fleet as rows.
local rows
local function row(...) rows[#rows + 1] = { ... } end
local function fields(name, list)
  local values = redis.call('HMGET', name, unpack(list))
  for i = 1, #list do values[i] = values[i] or '' end
  return unpack(values)
end
local function dump_player(name, id)
  row('player', id, fields(name, { 'state', 'room', 'reason', 'epoch', 'x' }))
  local found = redis.call('HMGET', name, 'away', 'late', 'ready', 'silent')
  if found[1] then row('away', id, found[1]) end
  if found[2] then row('late', id, found[2]) end
  if found[3] == '1' then row('ready', id) end
  if found[4] then row('silent', id) end
end
local function dump_room(name, id)
  local room = { fields(name,
    { 'state', 'generation', 'epoch', 'relay', 'boot', 'countdown_at', 'ttl_at', 'waiting', 'saved_tick' }) }
  -- The time since which it waits for a relay.
  if room[8] ~= '0' then room[8] = '1' end
  row('room', id, unpack(room))
  for i, kind in ipairs({ 'queued', 'match', 'groups' }) do
    local value = redis.call('HGET', name, kind)
    if value then row(kind, id, value) end
  end
  local found = redis.call('HMGET', name, 'free', 'code', 'bot:0', 'bot:1', 'bot:2', 'bot:3', 'bot:4')
  if found[1] then row('free', id, found[1]) end
  if found[2] then row('made', id, fields(name, { 'host', 'code', 'code_nonce', 'visibility', 'seats', 'bots', 'kicked' })) end
  for i = 3, 7 do
    if found[i] then row('bot', id, tostring(i - 3)) end
  end
end
-- The entries of the list of rooms: room, players, seats.
local function dump_listed(pool, name)
  for _, text in ipairs(redis.call('HVALS', name)) do
    local at = 1
    while at < #text do
      local size, id, players, seats = struct.unpack('>I2Bc0BB', text, at)
      row('listed', pool .. '.' .. id, tostring(players), tostring(seats))
      at = at + 2 + size
    end
  end
end
local function dump_rematch(name, id)
  local roster = {}
  for player in string.gmatch(redis.call('HGET', name, 'roster'), '[^,]+') do roster[#roster + 1] = player end
  table.sort(roster)
  local line = { fields(name, { 'code', 'code_nonce', 'visibility', 'seats', 'next' }) }
  line[6] = table.concat(roster, ',')
  row('rematch', id, unpack(line))
  local groups = redis.call('HGET', name, 'groups')
  if groups then row('kept', id, groups) end
end
local function dump_pool(tag, last)
  rows = {}
  for _, name in ipairs(redis.call('KEYS', tag .. '*')) do
    local rest = string.sub(name, #tag + 1)
    local kind, id = string.match(rest, '^(%a+):(.*)$')
    if string.match(rest, ':ttl$') or rest == 'rooms:available' or rest == 'rooms:late' then
      kind = nil
    elseif kind == 'player' then
      dump_player(name, id)
    elseif kind == 'room' then
      dump_room(name, id)
    elseif kind == 'rooms' then
      row('seats', id, unpack(redis.call('SMEMBERS', name)))
    elseif kind == 'relay' then
      row('relay', id, unpack(redis.call('SMEMBERS', name)))
    elseif kind == 'rematch' then
      dump_rematch(name, id)
    elseif rest == 'listed:rooms' then
      dump_listed(string.match(tag, '{(.*)}'), name)
    end
  end
  local sets = {
    queue = 'players_queue', aside = 'players_aside', available = 'rooms:available', offers = 'rooms:late', deadlines = 'deadlines',
    board = 'leaderboard',
  }
  for kind, name in pairs(sets) do row(kind, '', unpack(redis.call('ZRANGE', tag .. name, 0, -1, 'WITHSCORES'))) end
  for _, entry in ipairs(redis.call('XRANGE', tag .. 'outbox', '(' .. last, '+')) do
    row('entry', entry[1], entry[2][2], entry[2][4])
  end
  return rows
end
local all = {}
for i = 1, #ARGV, 2 do all[#all + 1] = dump_pool(ARGV[i], ARGV[i + 1]) end
rows = {}
for _, name in ipairs(redis.call('KEYS', 'code:*')) do row('code', string.sub(name, 6), redis.call('GET', name)) end
for _, kind in ipairs({ 'index relays', 'lease {relays}:leases' }) do
  local name, key = string.match(kind, '(%S+) (%S+)')
  local found = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
  for i = 1, #found, 2 do row(name, found[i], found[i + 1]) end
end
for _, name in ipairs(redis.call('KEYS', '{relays}:pools:*')) do
  local pools = redis.call('SMEMBERS', name)
  table.sort(pools)
  row('pools', string.sub(name, 16), unpack(pools))
end
all[#all + 1] = rows
return all
