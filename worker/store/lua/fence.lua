-- Lets one caller pass in so many ms. Returns 1 for the one that passes, else 0.
--
-- fence   string, UNIX ms at which one passed last
local fence = unpack(KEYS)
local ms = unpack(ARGV)

-- No key that expires: Redis, whose clock went back, would keep it for as long.
local now, passed = now_ms(), tonumber(redis.call('GET', fence) or 0)
if math.abs(now - passed) < tonumber(ms) then
  return 0
end
redis.call('SET', fence, string.format('%.0f', now))
return 1
