-- Shared: how a relay gets a room.
--- @include "clock"
--- @include "collect"
--- @include "keys"
--- @include "late"
--- @include "room_save"
--- @include "seat_save"
--- @include "settings"
--- @include "whole"

-- Gives the room with its players to a relay: {id, url, webtransport?, region?}. Only this function increases the
-- epoch. The relay has claim_room_ms to claim the room. `meta.worst_ms`: why this region was chosen, if known.
local function room_give(room, meta, relay, list)
  late_withdraw(room, meta)
  if meta.relay ~= '' then redis.call('SREM', key('relay', meta.relay), room) end
  meta.epoch = meta.epoch + 1
  meta.generation = meta.generation + 1
  meta.state, meta.relay, meta.url, meta.boot = 'started', relay.id, relay.url, ''
  meta.at = now + SETTINGS.claim_room_ms
  add('SADD', key('relay', relay.id), room)
  for i = 1, #list do
    local member = list[i]
    if member.is_unsaved then
      seat_save(member, room, 'playing', meta.epoch)
    else
      redis.call('HSET', key('player', member.id), 'state', 'playing', 'epoch', meta.epoch)
    end
    if member.team then redis.call('HSET', key('player', member.id), 'team', whole(member.team)) end
  end
  room_save(room, meta)
  if meta.webtransport then redis.call('HDEL', key('room', room), 'webtransport') end
  meta.webtransport = relay.webtransport and cjson.encode(relay.webtransport)
  if meta.webtransport then redis.call('HSET', key('room', room), 'webtransport', meta.webtransport) end
  if meta.region then redis.call('HDEL', key('room', room), 'region', 'worst_ms') end
  meta.region = relay.region
  if meta.region then
    redis.call('HSET', key('room', room), 'region', meta.region, unpack(meta.worst_ms and { 'worst_ms', whole(meta.worst_ms) } or {}))
  end
end
