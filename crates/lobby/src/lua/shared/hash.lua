-- Shared: a hash as a table.

-- nil if there is no hash; the second result says that the key has another type.
local function hash(name)
  local flat = redis.pcall('HGETALL', name)
  if flat.err or #flat == 0 then return nil, flat.err end
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end
