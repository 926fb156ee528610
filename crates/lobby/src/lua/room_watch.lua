#!lua
-- room_watch: makes a watch ticket for a player who may watch the match of a room. Changes neither the room nor the
-- player.
-- KEYS[1..6] the pool's; KEYS[7] room:<room>.
-- ARGV: 1 clock, 2 settings, 3 room, 4 player, 5 the code that the player sent, or '', 6 '1' if the player needs it,
--   7 an unused ticket id, 8 a watch-only relay as JSON {id, url}, or '' for the room's own relay.
-- Returns {kind = unknown | code_unknown | not_started | kicked} | {kind = ticket, game = {url, ticket, relay,
--   epoch}}.
--- @include "keys"
--- @include "pool"
--- @include "room"
--- @include "settings"
local room, player = ARGV[3], ARGV[4]
local function refuse(kind) return cjson.encode({ kind = kind }) end
local meta = room_read(room)
if not meta then return refuse('unknown') end
if ARGV[6] == '1' and (ARGV[5] == '' or meta.code ~= ARGV[5]) then return refuse('code_unknown') end
if string.find(meta.kicked or '', player, 1, true) then return refuse('kicked') end
if meta.state ~= 'started' then return refuse('not_started') end
local relay = ARGV[8] ~= '' and cjson.decode(ARGV[8]) or { id = meta.relay, url = meta.url }
redis.call('SET', key('seat', ARGV[7]), cjson.encode({ watch = true, player = player, room = room, relay = relay.id }),
  'PX', SETTINGS.ticket_ttl_ms)
return cjson.encode({
  kind = 'ticket', game = { url = relay.url, ticket = POOL .. '.' .. ARGV[7], relay = relay.id, epoch = meta.epoch },
})
