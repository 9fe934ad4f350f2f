-- Prolongs a lease that is still ours, before a request that could outlast it; and notes what is
-- about to be sent, where that matters.
--
-- KEYS  1 lane state   2 due
-- ARGV  1 lane name    2 token   3 lease, ms   4 what `sending` becomes (claim.lua), or ""
-- Returns 1, or 0 when the lease is another's

if redis.call('HGET', KEYS[1], 'token') ~= ARGV[2] then
  return 0
end
local lease_end = now_ms() + tonumber(ARGV[3])
redis.call('HSET', KEYS[1], 'until', lease_end)
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[1], 'sending', ARGV[4])
end
redis.call('ZADD', KEYS[2], lease_end, ARGV[1])
return 1
