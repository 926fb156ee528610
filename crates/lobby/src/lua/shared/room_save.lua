-- Shared: how a room's record is written.
--- @include "deadlines"
--- @include "keys"
--- @include "whole"

-- Writes the record with these additional fields and values, and the deadline if it changed.
local function room_save(room, meta, ...)
  redis.call('HSET', key('room', room), 'state', meta.state, 'generation', whole(meta.generation), 'epoch', whole(meta.epoch),
    'relay', meta.relay or '', 'url', meta.url or '', 'boot', meta.boot or '', 'seed', meta.seed or '',
    'countdown_at', whole(meta.countdown_at), 'waiting', whole(meta.waiting), 'seated_count', whole(meta.seated_count),
    'roster', meta.roster or '', 'created', whole(meta.created), 'ttl_at', whole(meta.ttl_at), ...)
  if meta.at then arm('room:' .. room, meta.at) end
  meta.is_new, meta.at = nil, nil
end
