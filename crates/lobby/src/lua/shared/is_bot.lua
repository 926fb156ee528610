-- Shared: whether a player is a bot.

-- The version of the UUID says so.
local function is_bot(player) return string.sub(player, 15, 15) == '8' end
