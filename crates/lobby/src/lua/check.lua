#!lua flags=no-writes
-- check: the violated invariants of this pool, as text; for tests and fault runs (KEYS walks the
-- whole keyspace).
-- KEYS[1..6] the pool's. ARGV: 1 clock, 2 settings.
-- Returns {wrong = [text], live = [{player, nonce}], codes = [{code, nonce, room}], relays = [those that own
--   rooms and are not known as dead]}. The caller checks the claims of the live players, the codes of the rooms and
--   the leases of the relays, which are in other slots.
--- @include "aside"
--- @include "bots_fill"
--- @include "group"
--- @include "group_most"
--- @include "hash"
--- @include "keys"
--- @include "late"
--- @include "listed"
--- @include "listed_entry"
--- @include "members"
--- @include "player"
--- @include "pool"
--- @include "room"
--- @include "seated"
--- @include "settings"
--- @include "team_count"
--- @include "teams"
local wrong, live, codes, relays = {}, {}, {}, {}
local function expect(is, text)
  if not is then wrong[#wrong + 1] = text end
end
local check = {}

function check.player(player, name)
  local record = player_read(player)
  if not record then return expect(false, name .. ' is no record') end
  local queued, aside = redis.call('ZSCORE', QUEUE, player), redis.call('ZSCORE', ASIDE, player)
  local named = record.room ~= '' and record.room or nil
  local meta = named and room_read(named)
  expect(is_live(record) or record.state == 'out', name .. ' has state ' .. tostring(record.state))
  expect((record.state == 'queued') == (queued ~= false or aside ~= false),
    name .. ' is ' .. record.state .. ', its queue entry says otherwise')
  expect(not (queued and aside), name .. ' is in the queue and aside')
  expect(not record.late or record.state == 'playing', name .. ' is ' .. record.state .. ' and has a late seat')
  expect(not aside or record.away, name .. ' is aside, and no sign of life would end that')
  expect((record.state == 'seated' or record.state == 'playing') == (named ~= nil),
    name .. ' is ' .. record.state .. ' and names room ' .. tostring(named))
  expect(redis.call('ZSCORE', DEADLINES, 'player:' .. player), name .. ' has no deadline')
  if named then
    expect(redis.call('SISMEMBER', key('rooms', named), player) == 1, name .. ' names a room that it is not in: ' .. named)
    local state = meta and (meta.state == 'started' and 'playing' or 'seated') or 'none'
    expect(state == record.state, name .. ' is ' .. record.state .. ' in a room of which one is ' .. state)
    expect(not meta or record.epoch == meta.epoch, name .. ' has another epoch than its room')
  end
  if record.state == 'out' then expect(record.reason and record.reason ~= '', name .. ' is out without a reason') end
  if is_live(record) then live[#live + 1] = { player, record.nonce } end
end

-- The seats that a match offers, and the seats of late players.
local function check_late(room, meta, name)
  local listed, count, taken = redis.call('ZSCORE', LATE, room), 0, {}
  for seat in string.gmatch(meta.free or '', '%d+') do
    expect(not taken[seat] and tonumber(seat) < SETTINGS.seats_max, name .. ' offers a wrong seat: ' .. seat)
    count, taken[seat] = count + 1, true
  end
  for _, player in ipairs(redis.call('SMEMBERS', key('rooms', room))) do
    local seat = redis.call('HGET', key('player', player), 'late')
    expect(not seat or not meta['bot:' .. seat], name .. ' has a player and a bot for seat ' .. tostring(seat))
    expect(not seat or not taken[seat], name .. ' has two players, or a player and an offer, for seat ' .. tostring(seat))
    if seat then taken[seat] = true end
  end
  expect(tonumber(listed or 0) == count, name .. ' offers ' .. count .. ' seats and is listed with ' .. tostring(listed))
  expect(not meta.free or meta.late_until and meta.boot ~= '', name .. ' offers seats that nobody can take')
end

-- The room of a group that has seats in another room.
local function check_matched(room, meta, name)
  local match = room_read(meta.match)
  expect(seated(room) == 0, name .. ' has players, and its group is elsewhere')
  expect(match and (match.state == 'open' or match.state == 'started'), name .. ' names a room that is not: ' .. meta.match)
  expect(match and string.find(match.groups or '', room .. '=', 1, true), name .. ' is no group of ' .. meta.match)
  expect(not redis.call('ZSCORE', QUEUE, group_entry(room)), name .. ' is in the queue, and its group has seats')
end

-- The groups of a room.
local function check_groups(room, meta, name)
  for group, players in string.gmatch(meta.groups or '', '([^=;]+)=([^;]*)') do
    local match = redis.call('HGET', key('room', group), 'match')
    expect(match == room, name .. ' has a group that names ' .. tostring(match) .. ': ' .. group)
    for player in string.gmatch(meta.state == 'open' and players or '', '[^,]+') do
      expect(redis.call('SISMEMBER', key('rooms', room), player) == 1, name .. ' has a group of which one is not there: ' .. player)
    end
  end
end

-- A room that a player made. code_of: the room by code.
local code_of = {}
local function check_made(room, meta, name)
  expect(string.match(meta.code, '^[B-DF-HJ-NP-TV-XZ]+$') and #meta.code == 6, name .. ' has a wrong code: ' .. meta.code)
  expect(not code_of[meta.code], name .. ' has the code of ' .. tostring(code_of[meta.code]))
  code_of[meta.code] = room
  codes[#codes + 1] = { meta.code, meta.code_nonce, room }
  for _, player in ipairs(redis.call('SMEMBERS', key('rooms', room))) do
    expect(not string.find(meta.kicked, player, 1, true), name .. ' has a player who was kicked: ' .. player)
  end
  if meta.state == 'matched' then return check_matched(room, meta, name) end
  if meta.state ~= 'gathering' then return end
  local count, entry = seated(room), redis.call('ZSCORE', QUEUE, group_entry(room))
  expect((meta.queued or false) == entry, name .. ' waits since ' .. tostring(meta.queued) .. ', its queue entry says ' .. tostring(entry))
  expect(not meta.queued or count > 0 and count <= group_most(), name .. ' waits as a group of ' .. count)
  expect(not meta.match, name .. ' gathers and names the room of its group')
  expect(count == 0 or redis.call('SISMEMBER', key('rooms', room), meta.host) == 1, name .. ' has a host who is not in it')
  expect(count <= meta.seats, name .. ' has more players than seats')
  expect(meta.epoch == 0 and meta.countdown_at == 0, name .. ' gathers with an epoch or a countdown')
  expect(meta.waiting == 0 or count + meta.bots >= SETTINGS.seats_min, name .. ' waits for a relay with too few')
  expect(not meta.free and not meta.late_until, name .. ' gathers and offers seats')
end

-- The teams of a match.
local function check_teams(room, meta, name)
  local counts, team_of_group = {}, {}
  for _, member in ipairs(members(room)) do
    local team = tonumber(member.record.team or nil)
    expect(team and team < team_count(), name .. ' has a player without a team: ' .. member.id)
    counts[team or 0] = (counts[team or 0] or 0) + 1
    for group, players in string.gmatch(meta.groups or '', '([^=;]+)=([^;]*)') do
      if string.find(players, member.id, 1, true) then
        expect((team_of_group[group] or team) == team, name .. ' splits the group ' .. group)
        team_of_group[group] = team
      end
    end
  end
  for team, count in pairs(counts) do
    expect(count <= SETTINGS.team_size, name .. ' has ' .. count .. ' players in team ' .. team)
  end
end

function check.room(room, name)
  local meta = room_read(room)
  if not meta then return expect(false, name .. ' is no room') end
  local count, at = seated(room), redis.call('ZSCORE', DEADLINES, 'room:' .. room)
  local listed = redis.call('ZSCORE', AVAILABLE, room)
  local is_gathering = meta.state == 'gathering'
  local is_matched = meta.state == 'matched'
  check_groups(room, meta, name)
  expect(meta.state == 'open' or meta.state == 'started' or is_gathering or is_matched, name .. ' has state ' .. tostring(meta.state))
  expect(at, name .. ' has no deadline')
  expect(count > 0 or is_gathering or is_matched, name .. ' is empty')
  expect(not (is_gathering or is_matched) or meta.code, name .. ' gathers without a code')
  if meta.code then check_made(room, meta, name) end
  local entry = is_listed(meta) and listed_entry(listed_id(room), meta, count) or ''
  expect(listed_read(room) == entry, name .. ' is not in the list of rooms as it is')
  local open = meta.state == 'open' and meta.waiting == 0 and count < SETTINGS.seats_max
  expect(open == (listed ~= false), name .. ' with ' .. count .. ' seated is listed: ' .. tostring(listed))
  expect(not listed or tonumber(listed) == count, name .. ' is listed with the wrong number')
  if meta.state == 'open' then
    expect(meta.epoch == 0, name .. ' is open with an epoch')
    expect((count >= start_min() and teams_ready(meta, members(room))) == (meta.countdown_at > 0 or meta.waiting > 0), name .. ' has a wrong countdown')
    expect(count < SETTINGS.seats_max or meta.waiting > 0, name .. ' is full and neither started nor waits for a relay')
    local want = meta.countdown_at > 0 and math.min(meta.countdown_at, meta.ttl_at) or meta.ttl_at
    expect(meta.waiting > 0 or tonumber(at) == want, name .. ' has a wrong deadline')
    expect(not meta.free and not meta.late_until, name .. ' is open and offers seats')
    expect(not meta['bot:0'] and not meta['bot:1'], name .. ' is open and has bots')
  elseif meta.state == 'started' then
    check_late(room, meta, name)
    if team_count() then check_teams(room, meta, name) end
    expect(meta.epoch > 0 and meta.seed ~= '', name .. ' started without epoch or seed')
    expect(#cjson.decode(meta.roster or '[]') >= SETTINGS.seats_min, name .. ' started with too few')
    expect(meta.replay ~= 'kept' or redis.call('EXISTS', key('replay', room)) == 1, name .. ' has lost its replay')
    expect(redis.call('SISMEMBER', key('relay', meta.relay), room) == 1, name .. ' is not among the rooms of its relay')
  end
  local colors, places = {}, count
  for seat = 0, SETTINGS.seats_max - 1 do
    local bot = meta['bot:' .. seat]
    if bot then colors[string.match(bot, '%b[]')], places = true, places + 1 end
  end
  expect(places <= SETTINGS.seats_max, name .. ' has more players and bots than seats')
  for _, member in ipairs(members(room)) do
    local color = member.record.colors or ''
    expect(not colors[color], name .. ' has a colour twice: ' .. color)
    colors[color] = true
  end
end

-- Each entry of the list of rooms belongs to a room that should be listed; check.room compares the contents.
function check.listed(id, name)
  if id ~= 'rooms' then return end
  for bucket, text in pairs(hash(name)) do
    local at = 1
    while at < #text do
      local size, id = struct.unpack('>I2Bc0', text, at)
      at = at + 2 + size
      local meta = room_read(POOL .. '.' .. id)
      expect(meta and is_listed(meta) and string.sub(id, 1, 2) == bucket, name .. ' has a wrong entry: ' .. id)
    end
  end
end

function check.rooms(room, name)
  expect(redis.call('EXISTS', key('room', room)) == 1, name .. ' are seats of no room')
  expect(seated(room) <= SETTINGS.seats_max, name .. ' has too many')
  for _, player in ipairs(redis.call('SMEMBERS', name)) do
    local record = player_read(player)
    expect(record and record.room == room, name .. ' seats ' .. player .. ', whose record names ' ..
      tostring(record and record.room))
  end
end

function check.relay(relay, name)
  for _, room in ipairs(redis.call('SMEMBERS', name)) do
    local meta = room_read(room)
    expect(meta and meta.relay == relay, name .. ' has a room that is not its own: ' .. room)
  end
  if not redis.call('ZSCORE', DEADLINES, 'relay:' .. relay) then relays[#relays + 1] = relay end
end

function check.projectile(room, name)
  expect(redis.call('EXISTS', key('room', room)) == 1, name .. ' flies in no room')
end

function check.checkpoint(room, name)
  local meta = room_read(room)
  expect(meta and meta.state == 'started', name .. ' is of no match')
  expect(not meta or tonumber(meta.saved_tick or '') and tonumber(meta.saved_epoch) <= meta.epoch,
    name .. ' is not what its room says')
end

function check.replay(room, name)
  local meta = room_read(room)
  local ends = redis.call('PTTL', name) ~= -1
  expect(ends == (meta == nil), name .. (ends and ' of a running match has a TTL' or ' of no match has no TTL'))
  expect(not meta or meta.replay == 'kept', name .. ' was given up')
end

-- PTTL is 0 in the last millisecond.
local function has_ttl(_, name) expect(redis.call('PTTL', name) ~= -1, name .. ' has no TTL') end
check.seat, check.request, check.leaderboard, check.names, check.rematch = has_ttl, has_ttl, has_ttl, has_ttl, has_ttl
check.watcher = has_ttl

for _, name in ipairs(redis.call('KEYS', string.gsub(TAG, '[%[%]%*%?\\]', '\\%0') .. '*')) do
  local rest = string.sub(name, #TAG + 1)
  local member = string.match(rest, '^(.*):ttl$')
  local kind, id = string.match(rest, '^(%a+):(.*)$')
  if member then
    expect(redis.call('ZSCORE', DEADLINES, member), name .. ' is the shadow of no deadline')
  elseif rest ~= 'rooms:available' and rest ~= 'rooms:late' and check[kind] then
    check[kind](id, name)
  end
end
for _, player in ipairs(redis.call('ZRANGE', QUEUE, 0, -1)) do
  local group = group_of(player)
  local owner = group and key('room', group) or key('player', player)
  expect(redis.call('EXISTS', owner) == 1, 'queued without a record: ' .. player)
end
for _, player in ipairs(redis.call('ZRANGE', ASIDE, 0, -1)) do
  expect(redis.call('EXISTS', key('player', player)) == 1, 'aside without a record: ' .. player)
end
for _, room in ipairs(redis.call('ZRANGE', AVAILABLE, 0, -1)) do
  expect(redis.call('EXISTS', key('room', room)) == 1, 'listed without a room: ' .. room)
end
for _, room in ipairs(redis.call('ZRANGE', LATE, 0, -1)) do
  expect(redis.call('HEXISTS', key('room', room), 'free') == 1, 'listed as a match with free seats, and has none: ' .. room)
end
for _, member in ipairs(redis.call('ZRANGE', DEADLINES, 0, -1)) do
  local owner = string.match(member, '^relay:') or redis.call('EXISTS', TAG .. member) == 1
  expect(owner, 'a deadline of nothing: ' .. member)
end
return cjson.encode({ wrong = #wrong > 0 and wrong or nil, live = #live > 0 and live or nil, codes = #codes > 0 and codes or nil,
  relays = #relays > 0 and relays or nil })
