-- Leave to send requests, for all workers of an account together. An exact sliding window: a grant
-- counts from when it is given until a window's length after its answer, wherever in between the
-- API takes it to have arrived; so the limit is never crossed, and bursts within it are not held
-- back.
--
-- KEYS  1 grants: sorted set, grant -> UNIX ms   2 requests under way: sorted set, grant -> UNIX ms
--         at which it counts no more             3 adaptation: hash, factor and window; and
--         `locked`, UNIX ms until which the API refuses everything, `lockouts` in a row
-- ARGV  1 "take" | "done"
--   take  2 requests wanted   3 per second or ""   4 per minute or ""   5 at once or ""
--         6 lease of a grant, ms   7 name of the grants
--   done  2 name of the grants     3 answers 429   4 answers in all
--         5 ms for which a 429 locks the account, 6 and how much longer after each one in a row,
--         7 at most; 0 where it does not. What was sent before a lock does not end it.
-- Returns  take {granted, ms to wait until the next grant}
--          done {factor in percent}

local now = now_ms()

if ARGV[1] == 'done' then
  for _, member in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
    if string.sub(member, 1, #ARGV[2] + 1) == ARGV[2] .. ':' then
      redis.call('ZREM', KEYS[2], member)
      redis.call('ZADD', KEYS[1], now, member)
    end
  end
  redis.call('PEXPIRE', KEYS[1], 60000)
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
  local lock = tonumber(ARGV[5])
  if lock > 0 and tonumber(ARGV[3]) > 0 then
    local before = redis.call('HINCRBY', KEYS[3], 'lockouts', ARGV[3]) - 1
    lock = math.max(lock, math.min(lock + tonumber(ARGV[6]) * before, tonumber(ARGV[7])))
    redis.call('HSET', KEYS[3], 'locked', now + lock)
  elseif tonumber(ARGV[4]) > 0 and tonumber(redis.call('HGET', KEYS[3], 'locked') or 0) <= now then
    redis.call('HDEL', KEYS[3], 'locked', 'lockouts')
  end
  redis.call('PEXPIRE', KEYS[3], 3600000 + lock)
  return {math.floor(factor * 100)}
end

local adaptation = redis.call('HMGET', KEYS[3], 'factor', 'locked')
if adaptation[2] and tonumber(adaptation[2]) > now then
  return {0, tonumber(adaptation[2]) - now}
end
local wanted = tonumber(ARGV[2])
local factor = tonumber(adaptation[1] or 1)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 60000)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local under_way = redis.call('ZRANGE', KEYS[2], 0, -1)
local granted, wait = wanted, 0

-- The window in which `most` grants may lie: how many are left, and how long until there is one.
local function within(window, most)
  local used = redis.call('ZCOUNT', KEYS[1], '(' .. (now - window), '+inf')
  local older = 0
  for _, member in ipairs(under_way) do
    local given = redis.call('ZSCORE', KEYS[1], member)
    if not given or tonumber(given) <= now - window then
      older = older + 1
    end
  end
  local left = math.max(0, most - used - older)
  if left < granted then
    granted = left
  end
  if left == 0 then
    local oldest = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. (now - window), '+inf',
      'WITHSCORES', 'LIMIT', math.max(0, used + older - most), 1)
    wait = math.max(wait, oldest[2] and tonumber(oldest[2]) + window - now or 50)
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
  local left = math.max(0, tonumber(ARGV[5]) - #under_way)
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
