-- Lets one worker at a time watch over the alerts: whoever watches goes on to, until it has not come
-- back for so many ms.
--
-- worker   its name
-- ms       for how long it watches, unless it comes back
-- Returns 1 for the one that watches, else 0
local watch = unpack(KEYS)
local worker, ms = unpack(ARGV)

local now = now_ms()
local held = redis.call('HMGET', watch, 'worker', 'until')
local left = held[1] and held[1] ~= worker and tonumber(held[2]) - now or 0
if left > 0 and left <= tonumber(ms) then
  return 0
end
redis.call('HSET', watch, 'worker', worker, 'until', string.format('%.0f', now + ms))
return 1
