-- Hands out the lanes that are due, each once: to nobody else until the grace is over.
--
-- KEYS  1 due   2 paused
-- ARGV  1 how many at most   2 grace, ms   3 key prefix
-- Returns {lane, messages waiting, lane, messages waiting, ...}

local now = now_ms()
local dispatched = {}

for _, lane in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])) do
  local state = ARGV[3] .. 'state:' .. lane
  if is_paused(KEYS[2], lane) then
    hold(state, KEYS[1], lane)
  else
    redis.call('HSET', state, 'hold', 1)
    redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), lane)
    dispatched[#dispatched + 1] = lane
    dispatched[#dispatched + 1] = redis.call('XLEN', ARGV[3] .. 'lane:' .. lane)
  end
end
return dispatched
