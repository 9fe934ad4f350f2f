-- Makes a lane due at once that was dispatched to a worker which will not begin it.
--
-- KEYS  1 lane state   2 due
-- ARGV  1 lane name

local state = redis.call('HMGET', KEYS[1], 'token', 'retry_at')
if not state[1] and not state[2] and redis.call('ZSCORE', KEYS[2], ARGV[1]) then
  redis.call('ZADD', KEYS[2], 'LT', 0, ARGV[1])
end
