-- Leave to send requests, for all workers of an account together. An exact sliding window: each
-- grant is remembered for as long as it counts, so that the limit is never crossed, and bursts
-- within it are not held back.
--
-- KEYS  1 grants: sorted set, grant -> UNIX ms   2 requests under way: sorted set, grant -> UNIX ms
--         at which it counts no more             3 adaptation: hash, factor and window
-- ARGV  1 "take" | "done"
--   take  2 requests wanted   3 per second or ""   4 per minute or ""   5 at once or ""
--         6 lease of a grant, ms   7 name of the grants
--   done  2 name of the grants     3 answers 429   4 answers in all
-- Returns  take {granted, ms to wait until the next grant}
--          done {factor in percent}

local now = now_ms()

if ARGV[1] == 'done' then
  for _, member in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
    if string.sub(member, 1, #ARGV[2] + 1) == ARGV[2] .. ':' then
      redis.call('ZREM', KEYS[2], member)
    end
  end
  -- On more than a tenth of 429 in a window: 30 % less; else 10 % more, up to what is set.
  local was = redis.call('HMGET', KEYS[3], 'factor', 'start', 'calls', 'refused')
  local factor, start = tonumber(was[1] or 1), tonumber(was[2] or now)
  local calls = tonumber(was[3] or 0) + tonumber(ARGV[4])
  local refused = tonumber(was[4] or 0) + tonumber(ARGV[3])
  if calls >= 10 and refused / calls > 0.1 then
    factor, start, calls, refused = math.max(0.01, factor * 0.7), now, 0, 0
  elseif now - start > 10000 then
    factor, start, calls, refused = math.min(1, factor * 1.1), now, 0, 0
  end
  redis.call('HSET', KEYS[3], 'factor', tostring(factor), 'start', start, 'calls', calls,
    'refused', refused)
  redis.call('PEXPIRE', KEYS[3], 3600000)
  return {math.floor(factor * 100)}
end

local wanted = tonumber(ARGV[2])
local factor = tonumber(redis.call('HGET', KEYS[3], 'factor') or 1)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 60000)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local granted, wait = wanted, 0

-- The window in which `most` grants may lie: how many are left, and how long until there is one.
local function within(window, most)
  local used = redis.call('ZCOUNT', KEYS[1], '(' .. (now - window), '+inf')
  local left = math.max(0, most - used)
  if left < granted then
    granted = left
  end
  if left == 0 then
    local oldest = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. (now - window), '+inf',
      'WITHSCORES', 'LIMIT', used - most, 1)
    wait = math.max(wait, tonumber(oldest[2]) + window - now)
  end
end

if ARGV[3] ~= '' then
  local rate = tonumber(ARGV[3]) * factor
  within(rate < 1 and math.ceil(1000 / rate) or 1000, math.max(1, math.floor(rate)))
end
if ARGV[4] ~= '' then
  local rate = tonumber(ARGV[4]) * factor
  within(60000, math.max(1, math.floor(rate)))
end
if ARGV[5] ~= '' then
  local left = math.max(0, tonumber(ARGV[5]) - redis.call('ZCARD', KEYS[2]))
  if left < granted then
    granted = left
  end
  if left == 0 then
    wait = math.max(wait, 50)
  end
end
for number = 1, granted do
  local member = ARGV[7] .. ':' .. number
  redis.call('ZADD', KEYS[1], now, member)
  redis.call('ZADD', KEYS[2], now + tonumber(ARGV[6]), member)
end
redis.call('PEXPIRE', KEYS[1], 60000)
redis.call('PEXPIRE', KEYS[2], ARGV[6])
return {granted, wait}
