-- The newest message of each contact that the API took, by the contact's hash: reads the number of
-- it, and moves that forward, never back (worker/delivery/superseded.py).
--
-- newest   string, a table of 53-bit numbers, one for each slot
-- slots    JSON [slot, ...], none twice
-- numbers  JSON [number to move it to, or 0 to read it only, ...]
-- Returns for each slot the number that it held before
local newest = unpack(KEYS)
local slots, numbers = unpack(ARGV)
slots, numbers = cjson.decode(slots), cjson.decode(numbers)

-- Slots in one command at most: Lua's stack is not endless.
local MOST = 1000

local function set(command, slot, number)
  local size = #command
  command[size + 1] = 'SET'
  command[size + 2] = 'u53'
  command[size + 3] = '#' .. slot
  command[size + 4] = string.format('%.0f', number)
end

-- Most slots move forward: so all are set at once, and a slot that held a newer number is set back.
local before = {}
for from = 1, #slots, MOST do
  local forward, back = {}, {}
  for at = from, math.min(from + MOST - 1, #slots) do
    set(forward, slots[at], numbers[at])
  end
  for index, number in ipairs(redis.call('BITFIELD', newest, unpack(forward))) do
    local at = from + index - 1
    before[at] = number
    if number > numbers[at] then
      set(back, slots[at], number)
    end
  end
  if #back > 0 then
    redis.call('BITFIELD', newest, unpack(back))
  end
end
return before
