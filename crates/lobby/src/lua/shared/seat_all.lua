-- Shared: seating.
--- @include "colors"
--- @include "keys"

-- Seats these players, from the queue or another room, in the room of `list`, and adds them to the list. seats_save
-- or room_give writes their records, once it is known whether the room starts immediately.
local function seat_all(room, meta, list, new)
  local taken, added = colors_taken(list), {}
  for i = 1, #new do
    local member = new[i]
    local color = color_pick(member.record.color, taken)
    taken[color] = true
    member.colors = '["' .. color .. '"]'
    meta.seated_count = meta.seated_count + 1
    member.seat, member.is_unsaved = meta.seated_count, true
    list[#list + 1] = member
    added[i] = member.id
  end
  list.ids, list.faces = nil, nil
  redis.call('SADD', key('rooms', room), unpack(added))
end
