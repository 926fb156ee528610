#!lua flags=no-writes
-- rooms_page: some rooms of the pool, for operators. Each room has a deadline, so the script reads a part of the
-- deadlines.
-- KEYS[1..6] the pool's. ARGV: 1 clock, 2 settings, 3 the cursor of the previous part, or 0, 4 about how many
--   deadlines to read.
-- Returns {cursor, rooms?}: cursor 0: there are no more rooms; rooms: [{room, state, players, relay?, epoch,
--   created_ms, name?, visibility?, queued}]. A room may appear twice.
--- @include "keys"
--- @include "pool"
--- @include "seated"
local found, rooms = redis.call('ZSCAN', DEADLINES, ARGV[3], 'MATCH', 'room:*', 'COUNT', ARGV[4]), {}
for i = 1, #found[2], 2 do
  local room = string.sub(found[2][i], 6)
  local values = redis.call('HMGET', key('room', room), 'state', 'relay', 'epoch', 'created', 'name', 'visibility', 'queued')
  if values[1] then
    rooms[#rooms + 1] = {
      room = room, state = values[1], players = seated(room), relay = values[2] and values[2] ~= '' and values[2] or nil,
      epoch = tonumber(values[3]) or 0, created_ms = tonumber(values[4]) or 0, name = values[5] or nil,
      visibility = values[6] or nil, queued = values[7] ~= false,
    }
  end
end
return cjson.encode({ cursor = found[1], rooms = #rooms > 0 and rooms or nil })
