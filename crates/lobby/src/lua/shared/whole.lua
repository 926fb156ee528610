-- Shared: formats integers as text.

-- Redis takes half a microsecond to format a number, and the same few times are in many fields.
local wholes = {}
local function whole(number)
  local text = wholes[number]
  if not text then
    text = string.format('%d', number)
    wholes[number] = text
  end
  return text
end
