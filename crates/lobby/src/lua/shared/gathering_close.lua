-- Shared: how a room that a player made closes without a match.
--- @include "emit"
--- @include "group_dequeue"
--- @include "room_dispose"

-- The outbox releases the code, which is in a slot of its own.
local function gathering_close(room, meta)
  group_dequeue(room, meta)
  room_dispose(room, meta)
  emit('closed', { room = room, codes = { { code = meta.code, nonce = meta.code_nonce } } })
end
