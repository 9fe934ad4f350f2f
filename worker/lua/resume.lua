-- Takes the pause off an account and makes its lanes due.
--
-- KEYS  1 paused   2 lanes   3 due
-- ARGV  1 account  2 key prefix
-- Returns 1, or 0 when the account was not paused

local was_paused = redis.call('HDEL', KEYS[1], ARGV[1])
if was_paused == 1 then
  for _, lane in ipairs(redis.call('SMEMBERS', KEYS[2])) do
    local state = ARGV[2] .. 'state:' .. lane
    if string.match(lane, '^[^:]*') == ARGV[1] and redis.call('HEXISTS', state, 'token') == 0 then
      redis.call('HDEL', state, 'hold', 'retry_at', 'attempts')
      if redis.call('XLEN', ARGV[2] .. 'lane:' .. lane) > 0 then
        redis.call('ZADD', KEYS[3], 0, lane)
      end
    end
  end
end
return was_paused
