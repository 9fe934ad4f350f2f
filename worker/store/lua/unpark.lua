-- Brings parked messages whose time has come back to the tail of their lanes, and makes these due.
-- They stay in the sets by contact until they are settled: others must not pass them meanwhile.
--
-- KEYS  1 parked   2 parked bodies   3 due
-- ARGV  1 how many at most           2 key prefix
-- Returns how many

local now = now_ms()
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])

for _, id in ipairs(ids) do
  local entry = cjson.decode(redis.call('HGET', KEYS[2], id))
  local state = ARGV[2] .. 'state:' .. entry.lane
  redis.call('XADD', ARGV[2] .. 'lane:' .. entry.lane, '*', 'contact', entry.contact,
    'options', entry.options, 'payload', entry.payload, 'meta', entry.meta)
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
  redis.call('HINCRBY', state, 'parked', -1)
  if redis.call('HEXISTS', state, 'hold') == 0 then
    redis.call('ZADD', KEYS[3], 'LT', now, entry.lane)
  end
end
return #ids
