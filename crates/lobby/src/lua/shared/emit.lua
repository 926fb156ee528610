-- Shared: outbox entries. Each transition writes one.
--- @include "outbox_add"

-- `entry`: room; tell = {{to = {player...}, message = {...}}...}, at most one message per player,
-- because the entry's id becomes its sequence number; inbox = {{relay, kind, room, epoch,
-- player}...}; release = {{player, nonce}...}.
local function emit(kind, entry)
  for _, list in ipairs({ 'tell', 'inbox', 'release' }) do
    if entry[list] and #entry[list] == 0 then entry[list] = nil end
  end
  outbox_add(kind, cjson.encode(entry))
end
