-- Ends a pause and makes its lanes due.
--
-- scope   "account", "account:operation" or "account:operation:partition"
-- Returns 1, or 0 when the scope was not paused
local paused, lanes, due = unpack(KEYS)
local scope, start = unpack(ARGV)

local was_paused = redis.call('HDEL', paused, scope)
if was_paused == 1 then
  for _, lane in ipairs(redis.call('SMEMBERS', lanes)) do
    local state = start .. 'state:' .. lane
    local within = string.sub(lane .. ':', 1, #scope + 1) == scope .. ':'
    if within and redis.call('HEXISTS', state, 'token') == 0 and not is_paused(paused, lane) then
      redis.call('HDEL', state, 'hold', 'retry_at', 'attempts')
      if redis.call('XLEN', start .. 'lane:' .. lane) > 0 then
        redis.call('ZADD', due, 0, lane)
      end
    end
  end
end
return was_paused
