-- Makes a lane due at once that was dispatched to a worker, and that this worker will not begin.
local state, due = unpack(KEYS)
local lane = unpack(ARGV)

local owner, retry_at = unpack(redis.call('HMGET', state, 'token', 'retry_at'))
if not owner and not retry_at and redis.call('ZSCORE', due, lane) then
  redis.call('ZADD', due, 'LT', 0, lane)
end
