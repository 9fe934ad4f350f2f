-- Dispatches the lanes that are due, each once: to nobody else until the grace (ms) is over.
--
-- A member that is no lane's name is set aside.
--
-- worker   its name; the call is its sign of life
-- Returns {lane, messages waiting, lane, messages waiting, ...}, of at most `most` lanes
local due, paused, workers = unpack(KEYS)
local most, grace, start, worker = unpack(ARGV)
local DAY = 86400000

local now = now_ms()
redis.call('ZADD', workers, now, worker)
redis.call('ZREMRANGEBYSCORE', workers, '-inf', now - DAY)
local dispatched = {}

for _, lane in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, most)) do
  local state = start .. 'state:' .. lane
  if not is_lane(lane) then
    set_aside(start, now, 'due', lane, redis.call('ZSCORE', due, lane))
    redis.call('ZREM', due, lane)
  elseif is_paused(paused, lane) then
    hold(state, due, lane)
  else
    redis.call('HSET', state, 'hold', 1)
    redis.call('ZADD', due, now + tonumber(grace), lane)
    dispatched[#dispatched + 1] = lane
    dispatched[#dispatched + 1] = redis.call('XLEN', start .. 'lane:' .. lane)
  end
end
return dispatched
