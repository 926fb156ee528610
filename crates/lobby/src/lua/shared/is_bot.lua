-- Shared: whether a player is a bot.

-- The version of the UUID says so.
local function is_bot(player) return string.match(player, '^%x%x%x%x%x%x%x%x%-%x%x%x%x%-8') ~= nil end
