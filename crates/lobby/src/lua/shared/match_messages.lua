-- Shared: messages about a match to all its players.
--- @include "bots"
--- @include "emit_text"
--- @include "texts"

local function emit_match(kind, room, meta, list, inbox)
  list.bots = bots_of(meta)
  local all_ids, faces = texts(list)
  emit_text(kind, room, inbox, '{"to":', all_ids, ',"message":{"type":"', kind, '","room_id":"', room, '","players":', faces, '}}')
end
