-- Which messages come back next, and why each is parked, without the messages.
--
-- most    how many at most
-- Returns {message id, reason, message id, reason, ...}; a reason that cannot be read is ""
local parked, parked_body = unpack(KEYS)
local most = unpack(ARGV)

-- Bytes of a body's end in which its reason stands, before its detail (producers/letter_body.py).
local END = 6000

local found = {}
for _, member in ipairs(redis.call('ZRANGE', parked, 0, most - 1)) do
  local id = parked_id(member)
  local body = redis.call('HGET', parked_body, id) or ''
  local reason
  for one in string.gmatch(string.sub(body, -END), '"reason":"([a-z_]+)","detail"') do
    reason = one
  end
  found[#found + 1] = id
  found[#found + 1] = reason or ''
end
return found
