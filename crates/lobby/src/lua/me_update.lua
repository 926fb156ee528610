#!lua
-- me_update: changes the name, the colour and the measured latencies of a waiting player. Counts as a sign of life.
-- KEYS[1..6] the pool's; KEYS[7] player:<player>; KEYS[8] its shadow.
-- ARGV: 1 clock, 2 settings, 3 player, 4 name or '', 5 colour or '', 6 latencies or ''; '' leaves it as it is.
-- Returns 1, or 0 if there is nothing to notify others of: the player is out, or in a match, whose players are fixed, or
--   only the latencies changed.
--- @include "colors"
--- @include "gathering"
--- @include "gathering_messages"
--- @include "keys"
--- @include "listed"
--- @include "members"
--- @include "player"
--- @include "player_alive"
--- @include "room"
--- @include "room_messages"
local player, name, color = ARGV[3], ARGV[4], ARGV[5]
local record = player_read(player)
if not is_live(record) then return 0 end
player_alive(player, record)
if record.state == 'playing' then return 0 end
if ARGV[6] ~= '' then
  redis.call('HSET', key('player', player), 'latencies', ARGV[6])
  if name == '' and color == '' then return 0 end
end

if name ~= '' then record.name = name end
if color ~= '' then record.color = color end

-- The colour that others see; no other player in the room has it.
local function shown_color(list)
  if color == '' then return nil end
  local others = {}
  for _, member in ipairs(list) do
    if member.id ~= player then others[#others + 1] = member end
  end
  return '["' .. color_pick(color, colors_taken(others)) .. '"]'
end

local meta = record.state == 'seated' and room_read(record.room)
local list = {}
if meta then list = meta.code and gathered(record.room) or members(record.room) end
local colors = shown_color(list) or record.colors
redis.call('HSET', key('player', player), 'name', record.name, 'color', record.color, 'colors', colors)
if not meta then return 1 end

for _, member in ipairs(list) do
  if member.id == player then member.record.name, member.record.colors = record.name, colors end
end
if meta.code then
  -- The list of rooms shows the name of the host.
  if meta.visibility == 'listed' then redis.call('INCR', LISTED_VERSION) end
  emit_gathering('me_update', record.room, meta, list)
else
  emit_room('me_update', record.room, meta, list)
end
return 1
