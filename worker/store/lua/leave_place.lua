-- Ends a call past the lane: the later messages of its contacts wait for it no more.
--
-- members   JSON [contact key, tab, message id, ...] of the call
-- number    the number of the call in the table
-- before    JSON {slot: the number that it held before the call} where the call was not made: these
--           are put back
local newest, blocking, calls = unpack(KEYS)
local members, number, before = unpack(ARGV)

for _, member in ipairs(cjson.decode(members)) do
  redis.call('ZREM', blocking, member)
  redis.call('ZREM', calls, member)
end
for slot, held in pairs(cjson.decode(before)) do
  local now = redis.call('BITFIELD', newest, 'GET', 'u53', '#' .. slot)[1]
  if string.format('%.0f', now) == number then
    redis.call('BITFIELD', newest, 'SET', 'u53', '#' .. slot, held)
  end
end
return 1
