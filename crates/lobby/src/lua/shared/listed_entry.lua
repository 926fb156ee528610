-- Shared: the entry of a room in the index of listed rooms.

-- A room is listed while it gathers and its host wants it.
local function is_listed(meta) return meta.state == 'gathering' and meta.visibility == 'listed' end

-- All numbers are big-endian: the length of the rest (2 bytes), the length of the id (1) and the id, players (1),
-- seats (1), created (8). Then, for each meta key of the pool in the order of their names, one of: 0; 1 and a number
-- (8); 2, the length of a text (2) and the text.
local function listed_entry(id, meta, count)
  local parts = { struct.pack('>Bc0BBi8', #id, id, count, meta.seats, meta.created) }
  local values = cjson.decode(meta.meta)
  for name in string.gmatch(string.match(ARGV[2], '"meta":(%b{})') or '', '"([%w_]+)":') do
    local value = values[name]
    if type(value) == 'number' then
      parts[#parts + 1] = struct.pack('>Bi8', 1, value)
    elseif value then
      parts[#parts + 1] = struct.pack('>BI2c0', 2, #value, value)
    else
      parts[#parts + 1] = '\0'
    end
  end
  local body = table.concat(parts)
  return struct.pack('>I2', #body) .. body
end
