#!lua flags=allow-oom
-- room_close: an operator ends a room. Its players are removed. A match ends without a result.
-- KEYS[1..6] the pool's. ARGV: 1 clock, 2 settings, 3 room.
-- Returns {kind = closed, state, players} | {kind = absent} | {kind = matched, room}: nothing was changed, because
--   the players of this room are in another one.
--- @include "emit"
--- @include "group_dequeue"
--- @include "room"
--- @include "room_end"
--- @include "seated"
local room = ARGV[3]
local meta = room_read(room)
if not meta then return '{"kind":"absent"}' end
if meta.state == 'matched' then return cjson.encode({ kind = 'matched', room = meta.match }) end
local answer = { kind = 'closed', state = meta.state, players = seated(room) }
if meta.state == 'started' then
  room_end(room, meta, 'room_failed', nil, { { relay = meta.relay, kind = 'moved', room = room, epoch = meta.epoch } })
else
  group_dequeue(room, meta)
  room_end(room, meta, 'room_closed')
  -- The outbox releases the code, which is in a slot of its own.
  if meta.code then emit('closed', { room = room, codes = { { code = meta.code, nonce = meta.code_nonce } } }) end
end
return cjson.encode(answer)
