-- Shared: remembered answers. The same request id gets the same answer.
--- @include "keys"
--- @include "settings"

local function answer_key(player, request) return key('request', player .. ':' .. request) end

-- The answer that this player got for the request, or nil. Answers to requests of another kind are ignored.
local function remembered(player, kind, request)
  if request == '' then return nil end
  local text = redis.call('GET', answer_key(player, request))
  if text and string.sub(text, 1, #kind + 1) == kind .. ' ' then return cjson.decode(string.sub(text, #kind + 2)) end
  return nil
end

local function remember(player, kind, request, answer)
  if request == '' then return end
  redis.call('SET', answer_key(player, request), kind .. ' ' .. cjson.encode(answer), 'PX', SETTINGS.answer_ttl_ms)
end
