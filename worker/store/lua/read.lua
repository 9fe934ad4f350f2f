-- Reads a part of a lane that may hold large messages: as many entries as fit, and at least one.
--
-- start   as in XRANGE
-- count   the most entries
-- most    the most bytes of payloads
-- Returns the entries, as XRANGE does
local stream = unpack(KEYS)
local start, count, most = unpack(ARGV)
-- Entries read in one go: they are all in memory before one is measured.
local PAGE = 4

local entries, bytes = {}, 0
count, most = tonumber(count), tonumber(most)
while #entries < count do
  local page = redis.call('XRANGE', stream, start, '+', 'COUNT', math.min(PAGE, count - #entries))
  for _, entry in ipairs(page) do
    bytes = bytes + #entry[2][2]
    if bytes > most and #entries > 0 then
      return entries
    end
    entries[#entries + 1] = entry
    start = '(' .. entry[1]
  end
  if #page < PAGE then
    break
  end
end
return entries
