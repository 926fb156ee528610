-- Shared: players' colours.

local PALETTE = { '#ff5d5d', '#ffa94d', '#ffe066', '#69db7c', '#38d9a9', '#4dabf7', '#9775fa', '#f783ac' }

local function colors_taken(list)
  local taken = {}
  for _, member in ipairs(list) do
    taken[string.match(member.colors or member.record.colors or '', '#%x+') or ''] = true
  end
  return taken
end

-- The chosen colour if no player in the room has it, else the first free colour of the palette.
local function color_pick(wish, taken)
  if wish and wish ~= '' then
    wish = string.lower(wish)
    if string.match(wish, '^#%x%x%x%x%x%x$') and not taken[wish] then return wish end
  end
  for i = 1, #PALETTE do
    if not taken[PALETTE[i]] then return PALETTE[i] end
  end
  return PALETTE[1]
end
