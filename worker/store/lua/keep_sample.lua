-- Keeps the sample of a minute, and forgets those that are too old.
--
-- minute         its number
-- sample         the sample
-- quarter        number of the first minute of its quarter of an hour
-- oldest_minute, oldest_quarter   numbers of the oldest minutes that are kept
local minutes, quarters = unpack(KEYS)
local minute, sample, quarter, oldest_minute, oldest_quarter = unpack(ARGV)

local function forget(hash, oldest)
  for _, number in ipairs(redis.call('HKEYS', hash)) do
    if tonumber(number) < tonumber(oldest) then
      redis.call('HDEL', hash, number)
    end
  end
end

forget(minutes, oldest_minute)
forget(quarters, oldest_quarter)
redis.call('HSET', minutes, minute, sample)
redis.call('HSETNX', quarters, quarter, sample)
