-- Which message of each contact is the newest that the API took, by the contact's hash: reads that,
-- and moves it forward, never back (worker/delivery/superseded.py).
--
-- KEYS  1 table: string of 53-bit numbers, one for each slot
-- ARGV  two for each slot, and no slot twice: slot, number to move it to, or 0 to read it only
-- Returns for each the number that was there

local before = {}
for from = 1, #ARGV, 2000 do
  local upto = math.min(from + 1999, #ARGV)
  local gets, sets = {}, {}
  for at = from, upto, 2 do
    gets[#gets + 1] = 'GET'
    gets[#gets + 1] = 'u53'
    gets[#gets + 1] = '#' .. ARGV[at]
  end
  local found = redis.call('BITFIELD', KEYS[1], unpack(gets))
  for place, number in ipairs(found) do
    local at = from + 2 * (place - 1)
    before[#before + 1] = number
    if tonumber(ARGV[at + 1]) > number then
      sets[#sets + 1] = 'SET'
      sets[#sets + 1] = 'u53'
      sets[#sets + 1] = '#' .. ARGV[at]
      sets[#sets + 1] = ARGV[at + 1]
    end
  end
  if #sets > 0 then
    redis.call('BITFIELD', KEYS[1], unpack(sets))
  end
end
return before
