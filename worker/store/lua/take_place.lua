-- Gives a call past the lane a place in the lane's order: behind all messages that are enqueued, and
-- before all that follow. Later messages of its contacts wait until the call is over, or its lease
-- is. The newest message of the contacts is then this call (worker/delivery/superseded.py).
--
-- The first stream is that of the call's lane; the others, of lanes that may hold its contacts too.
--
-- lane               the call's
-- epoch, per_milli   how the number of a message is made of its stream id
-- contacts           JSON [contact key, ...]
-- slots              JSON [slot, ...] of the table
-- lease              ms after which the call is over for certain, whatever becomes of its caller
-- Returns {the stream id of the place, the number that each slot held before, as text ...}
local newest, blocking, calls, stream = unpack(KEYS)
local lane, epoch, per_milli, contacts, slots, lease = unpack(ARGV)

local existed = redis.call('EXISTS', stream) == 1
local id = add(stream, '', '')
redis.call('XDEL', stream, id)
if not existed then
  redis.call('DEL', stream)
end
-- What follows in the other lanes has a newer id too.
for at = 5, #KEYS do
  if redis.call('EXISTS', KEYS[at]) == 1 then
    redis.pcall('XSETID', KEYS[at], id) -- refused where the lane is ahead already
  end
end

local until_ms = string.format('%.0f', now_ms() + lease)
for _, contact in ipairs(cjson.decode(contacts)) do
  local member = contact .. '\t' .. lane .. '@' .. id
  redis.call('ZADD', blocking, 0, member)
  redis.call('ZADD', calls, until_ms, member)
end

local ms, sequence = string.match(id, '^(%d+)-(%d+)$')
local number = math.max(0, ms - epoch) * per_milli + sequence
local reply = {id}
for _, slot in ipairs(cjson.decode(slots)) do
  local before = redis.call('BITFIELD', newest, 'GET', 'u53', '#' .. slot)[1]
  reply[#reply + 1] = string.format('%.0f', before)
  if number > before then
    redis.call('BITFIELD', newest, 'SET', 'u53', '#' .. slot, string.format('%.0f', number))
  end
end
return reply
