-- Shared: outbox entries of a room whose messages are JSON text already.
--- @include "outbox_add"

-- The last arguments, concatenated, are the list of '{"to":[player...],"message":{...}}'; inbox may be nil. Lua
-- hashes each text that it creates, so a long text is concatenated once and not piece by piece.
local function emit_text(kind, room, inbox, ...)
  local parts = { '{"room":"', room, '","tell":[', ... }
  parts[#parts + 1] = inbox and #inbox > 0 and '],"inbox":' .. cjson.encode(inbox) .. '}' or ']}'
  outbox_add(kind, table.concat(parts))
end
