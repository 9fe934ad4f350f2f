-- Lets one worker take the sample of a minute.
--
-- Returns {the minute's number, now in UNIX ms}; {0, now} when it was begun already
local sampled = unpack(KEYS)

local now = sound_ms()
local minute, last = math.floor(now / 60000), tonumber(redis.call('GET', sampled))
if last and last >= minute then
  return {0, now}
end
redis.call('SET', sampled, string.format('%.0f', minute))
return {minute, now}
