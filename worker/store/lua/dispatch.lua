-- Dispatches the lanes that are due, each once: to nobody else until the grace (ms) is over.
--
-- Returns {lane, messages waiting, lane, messages waiting, ...}, of at most `most` lanes
local due, paused = unpack(KEYS)
local most, grace, start = unpack(ARGV)

local now = now_ms()
local dispatched = {}

for _, lane in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, most)) do
  local state = start .. 'state:' .. lane
  if is_paused(paused, lane) then
    hold(state, due, lane)
  else
    redis.call('HSET', state, 'hold', 1)
    redis.call('ZADD', due, now + tonumber(grace), lane)
    dispatched[#dispatched + 1] = lane
    dispatched[#dispatched + 1] = redis.call('XLEN', start .. 'lane:' .. lane)
  end
end
return dispatched
