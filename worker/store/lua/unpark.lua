-- Brings parked messages whose time has come back to the tail of their lanes, and makes the lanes
-- due. They stay in the sets by contact until they are settled: others must not pass them before.
--
-- Returns how many messages, `most` at most
local parked, parked_body, due = unpack(KEYS)
local most, start = unpack(ARGV)

local now = now_ms()
local ids = redis.call('ZRANGEBYSCORE', parked, '-inf', now, 'LIMIT', 0, most)

for _, id in ipairs(ids) do
  local message = cjson.decode(redis.call('HGET', parked_body, id))
  local state = start .. 'state:' .. message.lane
  -- A message that was parked when it was enqueued has been through nothing yet.
  local meta = message.meta ~= '' and message.meta or cjson.encode({id = id})
  append(start .. 'lane:' .. message.lane, message, meta)
  redis.call('ZREM', parked, id)
  redis.call('HDEL', parked_body, id)
  redis.call('HINCRBY', state, 'parked', -1)
  if redis.call('HEXISTS', state, 'hold') == 0 then
    redis.call('ZADD', due, 'LT', now, message.lane)
  end
end
return #ids
