-- Counts the messages of some contacts in a part of a lane.
--
-- after     stream id behind which to begin; "-": at the head
-- last      stream id up to which to look, as in XRANGE
-- most      entries to look at
-- contacts  JSON [contact key, ...]
-- Returns {how many, the last stream id that was looked at, or "" at the lane's end}
local stream = unpack(KEYS)
local after, last, most, contacts = unpack(ARGV)

local wanted = {}
for _, contact in ipairs(cjson.decode(contacts)) do
  wanted[contact] = true
end

-- The contact key in the name of an entry's field (producers/entry.py).
local function contact_of(name)
  if string.match(name, '^.[{\n]') then
    return string.match(name, '\n(.*)$')
  end
  return string.sub(name, 2)
end

local start = after == '-' and '-' or '(' .. after
local entries = redis.call('XRANGE', stream, start, last, 'COUNT', most)
local count = 0
for _, entry in ipairs(entries) do
  if wanted[contact_of(entry[2][1])] then
    count = count + 1
  end
end
return {count, #entries == tonumber(most) and entries[#entries][1] or ''}
