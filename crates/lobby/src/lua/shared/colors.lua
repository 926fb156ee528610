-- Shared: players' colours.

local PALETTE = { '#ff5d5d', '#ffa94d', '#ffe066', '#69db7c', '#38d9a9', '#4dabf7', '#9775fa', '#f783ac' }

local function colors_taken(list)
  local taken = {}
  for _, member in ipairs(list) do
    taken[string.match(member.colors or member.record.colors or '', '#%x+') or ''] = true
  end
  for color in string.gmatch(list.bots or '', '#%x+') do taken[color] = true end
  return taken
end

-- The chosen colour if no player in the room has it; otherwise the first free colour of the palette, or a darker
-- shade of it, at `shade` twelfths of its brightness. This suffices for the largest room.
local function color_pick(wish, taken)
  if wish and wish ~= '' then
    wish = string.lower(wish)
    if string.match(wish, '^#%x%x%x%x%x%x$') and not taken[wish] then return wish end
  end
  for shade = 12, 4, -1 do
    for i = 1, #PALETTE do
      local color = PALETTE[i]
      if shade < 12 then
        color = string.gsub(color, '%x%x', function(part) return string.format('%02x', math.floor(tonumber(part, 16) * shade / 12)) end)
      end
      if not taken[color] then return color end
    end
  end
  return PALETTE[1]
end
