-- Lets one caller pass in so many ms. Returns 1 for the one that passes, else 0.
local fence = unpack(KEYS)
local ms = unpack(ARGV)

return redis.call('SET', fence, 1, 'NX', 'PX', ms) and 1 or 0
