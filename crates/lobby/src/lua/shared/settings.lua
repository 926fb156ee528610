-- Shared: the pool's settings and the numbers of lobby::timing. ARGV[2]: both as one JSON object.

-- All of them are whole numbers, and most scripts need one or two: a search is cheaper than
-- decoding.
local SETTINGS = setmetatable({}, { __index = function(found, name)
  local value = tonumber(string.match(ARGV[2], '"' .. name .. '":(%d+)'))
  found[name] = value
  return value
end })
