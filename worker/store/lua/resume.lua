-- Takes a pause off and makes its lanes due.
--
-- what   "account", "account:operation" or "account:operation:partition"
-- Returns 1, or 0 when it was not paused
local paused, lanes, due = unpack(KEYS)
local what, start = unpack(ARGV)

local was_paused = redis.call('HDEL', paused, what)
if was_paused == 1 then
  for _, lane in ipairs(redis.call('SMEMBERS', lanes)) do
    local state = start .. 'state:' .. lane
    local within = string.sub(lane .. ':', 1, #what + 1) == what .. ':'
    if within and redis.call('HEXISTS', state, 'token') == 0 and not is_paused(paused, lane) then
      redis.call('HDEL', state, 'hold', 'retry_at', 'attempts')
      if redis.call('XLEN', start .. 'lane:' .. lane) > 0 then
        redis.call('ZADD', due, 0, lane)
      end
    end
  end
end
return was_paused
