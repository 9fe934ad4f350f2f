-- Takes a pause off (of an account, an operation or a lane) and makes its lanes due.
--
-- KEYS  1 paused   2 lanes   3 due
-- ARGV  1 what was paused: "account", "account:operation" or "account:operation:partition"
--       2 key prefix
-- Returns 1, or 0 when it was not paused

local was_paused = redis.call('HDEL', KEYS[1], ARGV[1])
if was_paused == 1 then
  for _, lane in ipairs(redis.call('SMEMBERS', KEYS[2])) do
    local state = ARGV[2] .. 'state:' .. lane
    local within = string.sub(lane .. ':', 1, #ARGV[1] + 1) == ARGV[1] .. ':'
    if within and redis.call('HEXISTS', state, 'token') == 0 and not is_paused(KEYS[1], lane) then
      redis.call('HDEL', state, 'hold', 'retry_at', 'attempts')
      if redis.call('XLEN', ARGV[2] .. 'lane:' .. lane) > 0 then
        redis.call('ZADD', KEYS[3], 0, lane)
      end
    end
  end
end
return was_paused
