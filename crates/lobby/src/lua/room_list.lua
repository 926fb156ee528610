#!lua flags=no-writes
-- room_list: those of the given rooms that are listed, as every player may see them.
-- KEYS[1..6] the pool's. ARGV: 1 clock, 2 settings, 3.. rooms.
-- Returns a list, in the order of the arguments, of {room, code, name, host, host_name, players, seats, state,
--   created, settings and meta (JSON texts)}, without the rooms that are no longer listed.
--- @include "keys"
--- @include "listed_entry"
--- @include "seated"
local FIELDS = { 'state', 'visibility', 'code', 'name', 'host', 'seats', 'created', 'settings', 'meta' }
local rows = {}
for i = 3, #ARGV do
  local room, row = ARGV[i], {}
  local values = redis.call('HMGET', key('room', room), unpack(FIELDS))
  for n, field in ipairs(FIELDS) do row[field] = values[n] or nil end
  if is_listed(row) then
    row.room, row.players, row.visibility = room, seated(room), nil
    row.seats, row.created = tonumber(row.seats), tonumber(row.created)
    row.host_name = redis.call('HGET', key('player', row.host), 'name') or ''
    rows[#rows + 1] = row
  end
end
return #rows > 0 and cjson.encode(rows) or '[]'
