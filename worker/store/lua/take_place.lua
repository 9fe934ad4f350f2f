-- Gives a call past the lane a place in the lane's order: behind all messages that are enqueued, and
-- before all that follow. The newest message of its contacts is then this call
-- (worker/delivery/superseded.py).
--
-- epoch, per_milli   how the number of a message is made of its stream id
-- slots              JSON [slot, ...] of the table
-- Returns the stream id of the place
local stream, newest = unpack(KEYS)
local epoch, per_milli, slots = unpack(ARGV)

local existed = redis.call('EXISTS', stream) == 1
local id = add(stream, '', '')
redis.call('XDEL', stream, id)
if not existed then
  redis.call('DEL', stream)
end

local ms, sequence = string.match(id, '^(%d+)-(%d+)$')
local number = math.max(0, ms - epoch) * per_milli + sequence
for _, slot in ipairs(cjson.decode(slots)) do
  local before = redis.call('BITFIELD', newest, 'GET', 'u53', '#' .. slot)[1]
  if number > before then
    redis.call('BITFIELD', newest, 'SET', 'u53', '#' .. slot, string.format('%.0f', number))
  end
end
return id
