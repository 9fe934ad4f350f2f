-- Settles a batch: cuts it off its lane, parks, gives up on, counts, notes, and says what is next.
-- All or nothing, and only while the lease is the caller's. It frees memory before it takes any,
-- so that it works on a full server.
--
-- KEYS  1 lane stream   2 lane state   3 due   4 parked   5 parked bodies   6 dead   7 dead bodies
--       8 journal       9 paused
-- ARGV  1 lane name     2 token; a repeat with the same token, for an answer that was lost,
--                         changes nothing and answers the same
--       3 JSON: trim      stream id: everything before it is settled; or ""
--               remove    stream ids settled beyond the first that stays
--               park      [[message id, UNIX ms, body JSON], ...]
--               dead      [[message id, UNIX ms, body JSON], ...]
--               count     {counter of the lane's state: by how much}
--               journal   [field, value, ...]
--               error     words, or absent when the destination answered
--               pause     {account, reason}, or absent
--       4 "go on" | "leave" | "back off"
--       5 lease, ms (go on) | delay until the next try, ms (back off)
--       6 batch size      7 linger, ms   8 entries the journal keeps, about
--       9 token to go on with
-- Returns {"next"} the lease is kept and a batch is ready | {"left", waiting} | {"fenced"}

local state = redis.call('HMGET', KEYS[2], 'token', 'settled')
if state[2] == ARGV[2] then
  return state[1] == ARGV[9] and {'next'} or {'left', redis.call('XLEN', KEYS[1])}
elseif state[1] ~= ARGV[2] then
  return {'fenced'}
end
local change = cjson.decode(ARGV[3])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

if change.trim ~= '' then
  redis.call('XTRIM', KEYS[1], 'MINID', '=', change.trim)
end
for _, id in ipairs(change.remove) do
  redis.call('XDEL', KEYS[1], id)
end
for _, parked in ipairs(change.park) do
  redis.call('ZADD', KEYS[4], parked[2], parked[1])
  redis.call('HSET', KEYS[5], parked[1], parked[3])
end
for _, dead in ipairs(change.dead) do
  redis.call('ZADD', KEYS[6], dead[2], dead[1])
  redis.call('HSET', KEYS[7], dead[1], dead[3])
end
redis.call('HSET', KEYS[2], 'settled', ARGV[2])
for counter, by in pairs(change.count) do
  redis.call('HINCRBY', KEYS[2], counter, by)
end
redis.call('XADD', KEYS[8], 'MAXLEN', '~', ARGV[8], '*', unpack(change.journal))
if change.error then
  redis.call('HSET', KEYS[2], 'error', change.error, 'error_at', now)
end
if change.pause then
  redis.call('HSET', KEYS[9], change.pause[1], change.pause[2])
  redis.call('HDEL', KEYS[2], 'token', 'until', 'in_flight')
  redis.call('HSET', KEYS[2], 'hold', 1)
  redis.call('ZREM', KEYS[3], ARGV[1])
  return {'left', redis.call('XLEN', KEYS[1])}
end

if ARGV[4] == 'back off' then
  local retry_at = now + tonumber(ARGV[5])
  redis.call('HDEL', KEYS[2], 'token', 'until', 'in_flight')
  redis.call('HSET', KEYS[2], 'hold', 1, 'retry_at', retry_at)
  redis.call('HINCRBY', KEYS[2], 'attempts', 1)
  redis.call('ZADD', KEYS[3], retry_at, ARGV[1])
  return {'left', redis.call('XLEN', KEYS[1])}
end

redis.call('HDEL', KEYS[2], 'attempts')
local waiting = redis.call('XLEN', KEYS[1])
if waiting == 0 then
  redis.call('HDEL', KEYS[2], 'hold', 'token', 'until', 'in_flight')
  redis.call('ZREM', KEYS[3], ARGV[1])
  return {'left', 0}
end

local ready_at = now
if waiting < tonumber(ARGV[6]) then
  local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1][1]
  ready_at = tonumber(string.match(oldest, '^%d+')) + tonumber(ARGV[7])
end
local paused = redis.call('HEXISTS', KEYS[9], string.match(ARGV[1], '^[^:]*')) == 1
if ARGV[4] == 'go on' and ready_at <= now and not paused then
  local lease_end = now + tonumber(ARGV[5])
  redis.call('HSET', KEYS[2], 'token', ARGV[9], 'until', lease_end,
    'in_flight', math.min(waiting, tonumber(ARGV[6])))
  redis.call('ZADD', KEYS[3], lease_end, ARGV[1])
  return {'next'}
end
redis.call('HDEL', KEYS[2], 'hold', 'token', 'until', 'in_flight')
redis.call('ZADD', KEYS[3], ready_at, ARGV[1])
return {'left', waiting}
