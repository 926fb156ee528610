#!lua flags=allow-oom
-- repair_entities: repairs broken invariants of the named entities. All other scripts keep the invariants, so each
-- count above 0 is a bug or the effect of lost data.
-- KEYS[1..6] the pool's.
-- ARGV: 1 clock, 2 settings, 3.. pairs of kind and id: queue <player>, aside <player>, listed <room>, late <room>,
--   in_list <room>, deadline <member>, player <player>, room <room>, rooms <room>, relay <relay>, unknown <relay>,
--   projectile <room>, checkpoint <room>, replay <room>.
-- Returns {kind of violation = how many}.
--- @include "aside"
--- @include "clock"
--- @include "deadlines"
--- @include "disarm"
--- @include "emit"
--- @include "gathering"
--- @include "group"
--- @include "group_gather"
--- @include "keys"
--- @include "late"
--- @include "listed"
--- @include "listed_entry"
--- @include "listed_save"
--- @include "listing"
--- @include "player"
--- @include "player_exit"
--- @include "pool"
--- @include "room"
--- @include "room_dispose"
--- @include "seated"
--- @include "touch"
--- @include "unseat"
--- @include "wake"
local counts = {}
local function count(kind) counts[kind] = (counts[kind] or 0) + 1 end
local repair = {}

-- A group whose entry is missing gets one in repair.room.
local function repair_group(group, entry)
  local meta = room_read(group)
  if meta and meta.state == 'gathering' and meta.queued then return end
  if redis.call('ZREM', QUEUE, entry) == 1 then count('queue_without_group') end
end

function repair.queue(player)
  local group = group_of(player)
  if group then return repair_group(group, player) end
  local record = player_read(player)
  if record and record.state == 'queued' then return end
  -- The player may have left or been seated since the caller's scan.
  if redis.call('ZREM', QUEUE, player) == 1 then count('queue_without_record') end
end

function repair.aside(player)
  local record = player_read(player)
  local is_queued = record ~= nil and record.state == 'queued'
  if is_queued and record.away and not redis.call('ZSCORE', QUEUE, player) then return end
  if redis.call('ZREM', ASIDE, player) == 0 then return end
  count('aside_wrongly')
  if not is_queued then return end
  redis.call('HDEL', key('player', player), 'away')
  redis.call('ZADD', QUEUE, record.order, player)
  wake()
end

function repair.listed(room)
  local before, meta = redis.call('ZSCORE', AVAILABLE, room), room_read(room)
  if not before then return end
  if meta then relist(room, meta, seated(room)) else redis.call('ZREM', AVAILABLE, room) end
  local after = redis.call('ZSCORE', AVAILABLE, room)
  if before ~= after then count('listing_wrong') end
end

-- An entry of the list of rooms; repair.room writes the entry of a listed room.
function repair.in_list(room)
  local meta = room_read(room)
  if not (meta and is_listed(meta)) and listed_write(room, '') then count('room_list_wrong') end
end

-- A match whose record offers seats but that is not listed as offering them, or the reverse. Its relay reports the
-- seats again when they change.
function repair.late(room)
  local meta = room_read(room)
  local _, seats = string.gsub(meta and meta.state == 'started' and meta.free or '', '%d+', '')
  if tonumber(redis.call('ZSCORE', LATE, room) or 0) == seats then return end
  redis.call('ZREM', LATE, room)
  if meta then late_withdraw(room, meta) end
  count('late_listing_wrong')
end

function repair.deadline(member)
  local kind, id = string.match(member, '^(%a+):(.*)$')
  if kind == 'relay' or (kind == 'player' and player_read(id)) or (kind == 'room' and room_read(id)) then return end
  if not redis.call('ZSCORE', DEADLINES, member) then return end
  disarm(member)
  count('deadline_without_owner')
end

function repair.player(player)
  local record = player_read(player)
  if not record or not (is_live(record) or record.state == 'out') then
    if redis.call('EXISTS', key('player', player)) == 1 then
      player_delete(player)
      count('record_broken')
    end
    return
  end
  local seated_there = record.room ~= '' and redis.call('SISMEMBER', key('rooms', record.room), player) == 1
  local waits = redis.call('ZSCORE', QUEUE, player) or redis.call('ZSCORE', ASIDE, player)
  if record.state == 'queued' and not waits then
    redis.call('ZADD', QUEUE, record.order, player)
    wake()
    count('queued_without_entry')
  elseif (record.state == 'seated' or record.state == 'playing') and not (seated_there and room_read(record.room)) then
    local release = player_bury(player, record, 'lost')
    emit('lost', { release = { release }, tell = { { to = { player }, message = { type = 'removed', reason = 'lost' } } } })
    count('record_without_seat')
  end
  if not redis.call('ZSCORE', DEADLINES, 'player:' .. player) then
    player_touch(player)
    count('player_without_deadline')
  end
end

function repair.room(room)
  local meta = room_read(room)
  if not meta then return end
  local is_gathering, is_matched = meta.state == 'gathering', meta.state == 'matched'
  local is_made = is_gathering or is_matched
  if (seated(room) == 0 and not is_made) or (meta.state ~= 'open' and meta.state ~= 'started' and not is_made) then
    room_dispose(room, meta)
    count('room_orphan')
    return
  end
  if not redis.call('ZSCORE', DEADLINES, 'room:' .. room) then
    arm('room:' .. room, now)
    count('room_without_deadline')
  end
  if is_gathering and seated(room) > 0 and redis.call('SISMEMBER', key('rooms', room), meta.host) == 0 then
    gathering_settle('host_changed', room, meta, gathered(room))
    count('host_not_member')
  end
  if is_gathering and meta.queued and not redis.call('ZSCORE', QUEUE, group_entry(room)) then
    redis.call('ZADD', QUEUE, meta.queued, group_entry(room))
    wake()
    count('group_without_entry')
  end
  if is_matched and redis.call('EXISTS', key('room', meta.match)) == 0 then
    group_gather(room)
    count('group_without_match')
  end
  if is_gathering and listed_save(room, meta, seated(room)) then count('room_list_wrong') end
  local before = redis.call('ZSCORE', AVAILABLE, room)
  relist(room, meta, seated(room))
  if before ~= redis.call('ZSCORE', AVAILABLE, room) then count('listing_wrong') end
  if meta.free then repair.late(room) end
  if meta.state ~= 'started' then return end
  if redis.call('SADD', key('relay', meta.relay), room) == 1 then count('relay_without_room') end
end

-- A relay that has no lease, not even one that ran out: its rooms are given to others.
function repair.unknown(relay)
  if redis.call('EXISTS', key('relay', relay)) == 0 or redis.call('ZADD', DEADLINES, 'NX', now, 'relay:' .. relay) == 0 then return end
  count('relay_without_lease')
end

function repair.rooms(room)
  local meta = room_read(room)
  if not meta then
    if redis.call('DEL', key('rooms', room)) == 1 then count('seats_without_room') end
    return
  end
  for _, player in ipairs(redis.call('SMEMBERS', key('rooms', room))) do
    local record = player_read(player)
    if not is_live(record) or record.room ~= room then
      count('seat_without_record')
      local _inbox, notify_others = unseat(player, { room = room })
      notify_others()
    end
  end
end

function repair.relay(relay)
  for _, room in ipairs(redis.call('SMEMBERS', key('relay', relay))) do
    local meta = room_read(room)
    if not meta or meta.relay ~= relay then
      redis.call('SREM', key('relay', relay), room)
      count('relay_with_foreign_room')
    end
  end
end

function repair.projectile(room)
  if room_read(room) or redis.call('DEL', key('projectile', room)) == 0 then return end
  count('projectiles_without_room')
end

function repair.checkpoint(room)
  if room_read(room) or redis.call('DEL', key('checkpoint', room)) == 0 then return end
  count('checkpoint_without_room')
end

-- The replay of a finished match expires by itself.
function repair.replay(room)
  if room_read(room) or redis.call('PTTL', key('replay', room)) ~= -1 then return end
  redis.call('DEL', key('replay', room))
  count('replay_without_room')
end

for i = 3, #ARGV, 2 do repair[ARGV[i]](ARGV[i + 1]) end
return cjson.encode(counts)
