-- Shared: entries of an outbox with several lanes.
--- @include "lane_key"
--- @include "settings"

-- A player is always in the same lane. The last characters of an id are random.
local function lane_of(player)
  local sum = 0
  for _, byte in ipairs({ string.byte(player, -8, -1) }) do sum = (sum * 31 + byte) % 65521 end
  return sum % SETTINGS.outbox_lanes
end

-- Lane 0 has every entry: it generates the ids, and its delivery applies everything that is not for players. Another
-- lane has the entries for its players, with the same ids, so that a player's sequence numbers increase even when the
-- player changes to another lane. `to`: the players of the entry whom the lane notifies. An id needs no escaping, and
-- in JSON a string cannot contain '"to":['.
local function lanes_add(kind, text)
  local lists = { [0] = {} }
  for array in string.gmatch(text, '"to":%[([^%]]*)%]') do
    for with_quotes, player in string.gmatch(array, '("([^"]+)")') do
      local lane = lane_of(player)
      lists[lane] = lists[lane] or {}
      lists[lane][#lists[lane] + 1] = with_quotes
    end
  end
  local function append(call, lane, id)
    local to = '[' .. table.concat(lists[lane], ',') .. ']'
    return call('XADD', lane_key(lane), id, 'kind', kind, 'entry', text, 'to', to)
  end
  local id = append(redis.call, 0, '*')
  for lane in pairs(lists) do
    -- Refused only if lane 0 was deleted and the clock was set back.
    if lane > 0 and append(redis.pcall, lane, id).err then append(redis.call, lane, '*') end
  end
end
