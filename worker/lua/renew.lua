-- Prolongs a lease that is still ours, before a request that could outlast it.
--
-- KEYS  1 lane state   2 due
-- ARGV  1 lane name    2 token   3 lease, ms
-- Returns 1, or 0 when the lease is another's

if redis.call('HGET', KEYS[1], 'token') ~= ARGV[2] then
  return 0
end
local clock = redis.call('TIME')
local lease_end = clock[1] * 1000 + math.floor(clock[2] / 1000) + tonumber(ARGV[3])
redis.call('HSET', KEYS[1], 'until', lease_end)
redis.call('ZADD', KEYS[2], lease_end, ARGV[1])
return 1
