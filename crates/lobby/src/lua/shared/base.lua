-- Shared by every script of a pool, part 1: keys, the clock, settings, deadlines, remembered answers.
-- KEYS[1..6]: players_queue, rooms:available, deadlines, outbox, dirty, events. ARGV[1]: a test's clock in ms, empty in
-- production (then the server's TIME). ARGV[2]: the pool's settings as JSON.
local QUEUE, AVAILABLE, DEADLINES, OUTBOX, DIRTY, EVENTS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local TAG = string.match(QUEUE, '^{[^}]*}:')
local POOL = string.sub(TAG, 2, -3)

-- The pool's settings. All of them are numbers, and most scripts need one or two: cheaper found than decoded.
local SETTINGS = setmetatable({}, { __index = function(found, name)
  local value = tonumber(string.match(ARGV[2], '"' .. name .. '":(%d+)'))
  found[name] = value
  return value
end })

local ANSWER_MS = 600000

local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end

-- The one home of keys found on the way: all of them carry the pool's tag, so a script never leaves its slot.
local key = {}

function key.player(player) return TAG .. 'player:' .. player end

function key.room(room) return TAG .. 'room:' .. room end

function key.seats(room) return TAG .. 'rooms:' .. room end

function key.relay(relay) return TAG .. 'relay:' .. relay end

function key.projectiles(room) return TAG .. 'projectile:' .. room end

function key.checkpoint(room) return TAG .. 'checkpoint:' .. room end

function key.replay(room) return TAG .. 'replay:' .. room end

function key.ticket(id) return TAG .. 'seat:' .. id end

function key.request(player, request) return TAG .. 'request:' .. player .. ':' .. request end

function key.shadow(member) return TAG .. member .. ':ttl' end

-- A whole number as text. Redis formats one in half a microsecond, and the same few moments stand in many fields.
local wholes = {}
local function whole(number)
  local text = wholes[number]
  if not text then
    text = string.format('%.0f', number)
    wholes[number] = text
  end
  return text
end

-- A hash as a table; nil when there is none, or when something else stands in the key, which is the second answer.
local function hash(name)
  local flat = redis.pcall('HGETALL', name)
  if flat.err or #flat == 0 then return nil, flat.err end
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end

-- Adds to a set or sorted set; at once, unless the script began with `collect` and ends with `add_collected`: then one command
-- adds all that belongs into one key. Nobody may read there in between.
local collected = nil
local function add(command, name, ...)
  if not collected then return redis.call(command, name, ...) end
  local args = collected[name]
  if not args then
    args = { command, name }
    collected[name] = args
  end
  for i = 1, select('#', ...) do args[#args + 1] = select(i, ...) end
end

local function collect() collected = {} end

local function add_collected()
  for _, args in pairs(collected) do redis.call(unpack(args)) end
end

-- A deadline is true in the sorted set; its shadow key only makes the decision come sooner.
local function arm(member, at)
  add('ZADD', DEADLINES, whole(at), member)
  redis.call('SET', key.shadow(member), '1', 'PX', whole(math.max(1, math.floor(at - now))))
end

local function disarm(member)
  redis.call('ZREM', DEADLINES, member)
  redis.call('DEL', key.shadow(member))
end

-- True when the member's deadline has come. A member without one is due: whoever asks found something to mend.
local function due(member)
  local at = redis.call('ZSCORE', DEADLINES, member)
  return not at or tonumber(at) <= now
end

-- Same request id, same answer: what this player was told for it, or nil. Answers of another kind of request do not count.
local function remembered(player, kind, request)
  if request == '' then return nil end
  local text = redis.call('GET', key.request(player, request))
  if text and string.sub(text, 1, #kind + 1) == kind .. ' ' then return cjson.decode(string.sub(text, #kind + 2)) end
  return nil
end

local function remember(player, kind, request, answer)
  if request == '' then return end
  redis.call('SET', key.request(player, request), kind .. ' ' .. cjson.encode(answer), 'PX', ANSWER_MS)
end

-- The queue has work: one event per clean-to-dirty transition, however many join.
local function wake()
  if redis.call('SET', DIRTY, '1', 'NX', 'PX', 1000) then
    redis.call('XADD', EVENTS, 'MAXLEN', '~', 256, '*', 'kind', 'queue')
  end
end

-- One entry per transition. `entry`: room; tell = {{to = {player...}, message = {...}}...}, at most one message a player, since
-- the entry's id is its sequence number; inbox = {{relay, kind, room, epoch, player}...}; release = {{player, nonce}...}.
local function emit(kind, entry)
  for _, list in ipairs({ 'tell', 'inbox', 'release' }) do
    if entry[list] and #entry[list] == 0 then entry[list] = nil end
  end
  redis.call('XADD', OUTBOX, '*', 'kind', kind, 'entry', cjson.encode(entry))
end

-- The same for an entry of a room whose messages are JSON already: at last the parts which together are its list of
-- '{"to":[player...],"message":{...}}'; inbox may be nil. Lua hashes every byte of every text it makes: a long one is put
-- together at once, not piece by piece.
local function emit_text(kind, room, inbox, ...)
  local parts = { '{"room":"', room, '","tell":[', ... }
  parts[#parts + 1] = inbox and #inbox > 0 and '],"inbox":' .. cjson.encode(inbox) .. '}' or ']}'
  redis.call('XADD', OUTBOX, '*', 'kind', kind, 'entry', table.concat(parts))
end
