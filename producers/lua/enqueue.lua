-- Appends messages to one lane and makes the lane due. All or nothing; safe to repeat.
--
-- KEYS  1 lane stream   2 lane state   3 due   4 lanes   5 parked   6 parked bodies
--       7 this caller's memory of its last call
-- ARGV  1 lane name     2 call number of the caller: one more with each call, equal when repeated
--       3 linger, ms    4 batch size   5 backlog limit   6 idempotency window, s
--       7 key prefix of idempotency keys
--       then five for each message:
--       contact key, options, payload, idempotency key or "", UNIX ms to wait for or ""
-- Returns {"ok", id, id, ...}, each the stream id given now, or the whole message id that an
--         idempotency key stands for | {"full", backlog}
--         | {"old"}: this repeats a call before the caller's last

local lane, call = ARGV[1], tonumber(ARGV[2])
local linger, batch_size, limit = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])

local last = redis.call('GET', KEYS[7])
if last then
  last = cjson.decode(last)
  if last[1] == call then
    -- A write, so that a WAIT behind it waits for replicas on this connection too.
    redis.call('EXPIRE', KEYS[7], 900)
    return last[2]
  elseif last[1] > call then
    return {'old'}
  end
end

local length = redis.call('XLEN', KEYS[1])
local state = redis.call('HMGET', KEYS[2], 'parked', 'hold')
local backlog = length + tonumber(state[1] or 0)
if backlog + (#ARGV - 7) / 5 > limit then
  return {'full', backlog}
end

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local reply, accepted, waiting = {'ok'}, 0, 0

for at = 8, #ARGV, 5 do
  local contact, options, payload, once, wait_for =
    ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
  local once_key = once ~= '' and ARGV[7] .. once
  local known = once_key and redis.call('GET', once_key)
  if known then
    reply[#reply + 1] = known
  else
    local stream_id = redis.call('XADD', KEYS[1], '*',
      'contact', contact, 'options', options, 'payload', payload)
    local id = lane .. '@' .. stream_id
    reply[#reply + 1] = stream_id
    accepted = accepted + 1
    if wait_for ~= '' and tonumber(wait_for) > now then
      redis.call('XDEL', KEYS[1], stream_id)
      -- Of those that wait for one moment, each comes back just after the one before it.
      redis.call('ZADD', KEYS[5], tonumber(wait_for) + waiting / 1024, id)
      redis.call('HSET', KEYS[6], id, cjson.encode({
        lane = lane, contact = contact, options = options, payload = payload,
        meta = cjson.encode({id = id}), reason = 'delayed'}))
      waiting = waiting + 1
    end
    if once_key then
      redis.call('SET', once_key, id, 'EX', ARGV[6])
    end
  end
end

if length == 0 then
  redis.call('SADD', KEYS[4], lane)
end
redis.call('HINCRBY', KEYS[2], 'accepted', accepted)
if waiting > 0 then
  redis.call('HINCRBY', KEYS[2], 'parked', waiting)
end

-- A lane that is held (leased, backing off, paused) keeps the time that its holder has set.
length = length + accepted - waiting
if length > 0 and not state[2] then
  local ready = length >= batch_size and now or now + linger
  redis.call('ZADD', KEYS[3], 'LT', ready, lane)
end

redis.call('SET', KEYS[7], cjson.encode({call, reply}), 'EX', 900)
return reply
