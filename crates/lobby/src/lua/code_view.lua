#!lua flags=no-writes
-- code_view: a gathering room as a holder of its code may see it.
-- KEYS[1..6] the pool's. ARGV: 1 clock, 2 settings, 3 the asking player, 4 the room that the code
--   names, 5 the code.
-- Returns {kind = unknown} or {kind = room, name, host, host_name, players, seats, settings (JSON text),
--   reason?, watch?}. reason: started | kicked | full: why the player cannot join. watch: the room, if its match runs.
--- @include "keys"
--- @include "room_by_code"
--- @include "room_is_full"
--- @include "seated"
local room, meta = room_by_code(ARGV[4], ARGV[5])
if not room then return '{"kind":"unknown"}' end
local count, reason = seated(room), nil
if string.find(meta.kicked, ARGV[3], 1, true) then
  reason = 'kicked'
elseif meta.state ~= 'gathering' then
  reason = 'started'
elseif room_is_full(meta, count) and redis.call('SISMEMBER', key('rooms', room), ARGV[3]) == 0 then
  reason = 'full'
end
return cjson.encode({
  kind = 'room', name = meta.name, host = meta.host, host_name = redis.call('HGET', key('player', meta.host), 'name') or '',
  players = count, seats = meta.seats, settings = meta.settings, reason = reason,
  watch = reason == 'started' and meta.state == 'started' and room or nil,
})
