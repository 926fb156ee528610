-- Shared: whether a player is a bot.

-- A bot's id is a UUID of version 8.
local function is_bot(player) return string.sub(player, 15, 15) == '8' end
