#!lua flags=allow-oom
-- claim_room: a relay claims the room that it was given. Relay and epoch must be equal, and the
-- boot nonce unset or equal.
-- KEYS[1..6] the pool's; KEYS[7] room:<room>; KEYS[8] its shadow; KEYS[9] rooms:<room>; KEYS[10]
--   checkpoint:<room>.
-- ARGV: 1 clock, 2 settings, 3 room, 4 relay, 5 epoch, 6 boot nonce.
-- Returns [JSON, state]: {claimed, seed?, settings? (JSON, of a room that a player made), players? = [{player_id, name, colors, team?, game?, late?}] in seat
--   order, then the bots, late: the seat of a player who joined the running match, saved? = {epoch, tick, journal, after}},
--   and with `saved` the checkpoint's state (binary), else nil.
--- @include "bots"
--- @include "checkpoints"
--- @include "clock"
--- @include "deadlines"
--- @include "keys"
--- @include "members"
--- @include "room"
--- @include "settings"
--- @include "texts"
local room, boot = ARGV[3], ARGV[6]
local meta = room_read(room)
if not meta or meta.state ~= 'started' or meta.relay ~= ARGV[4] or meta.epoch ~= tonumber(ARGV[5])
  or (meta.boot ~= '' and meta.boot ~= boot) then
  return { '{"claimed":false}', false }
end
local list = members(room)
list.bots = bots_of(meta)
local answer = { claimed = true, seed = meta.seed, settings = meta.settings, players = cjson.decode(select(2, texts(list))) }
for _, player in ipairs(answer.players) do
  local found = redis.call('HMGET', key('player', player.player_id), 'game', 'late')
  player.game, player.late = found[1] or nil, tonumber(found[2] or nil)
end
local tick = saved_tick(room, meta)
if tick then
  answer.saved = {
    epoch = tonumber(meta.saved_epoch), tick = tick, journal = meta.saved_journal, after = meta.saved_after,
  }
end
redis.call('HSET', key('room', room), 'boot', boot)
arm('room:' .. room, now + SETTINGS.claim_room_ms)
return { cjson.encode(answer), tick and redis.call('GET', KEYS[10]) or false }
