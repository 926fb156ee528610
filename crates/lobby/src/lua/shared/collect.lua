-- Shared: writes to sets and sorted sets that can be collected into one command per key.

-- Adds immediately, unless the script has called `collect`: then `add_collected` adds everything, with one command
-- per key. In between, nothing may read those keys.
local collected = nil
local function add(command, name, ...)
  if not collected then return redis.call(command, name, ...) end
  local args = collected[name]
  if not args then
    args = { command, name }
    collected[name] = args
  end
  for i = 1, select('#', ...) do args[#args + 1] = select(i, ...) end
end

local function collect() collected = {} end

local function add_collected()
  for _, args in pairs(collected) do redis.call(unpack(args)) end
end
