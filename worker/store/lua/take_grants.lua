-- Grants requests, for all workers of an account together. The window slides exactly: a grant
-- counts from now until a window's length after its answer, for the API may count its request at
-- any time in between. So the limit is never crossed, and bursts within it are not held back.
--
-- grants       sorted set, grant -> UNIX ms
-- under_way    sorted set, grant -> UNIX ms at which its request counts no more
-- adaptation   hash: factor and window; `locked`, UNIX ms until which the API refuses everything,
--              and for how many ms it does, `locked_for`; `lockouts` in a row (return_grants.lua);
--              `reserved_at`, UNIX ms at which a grant was reserved, and for how many ms it is,
--              `reserved_for`; `owed`: the last grant was one of those, and lanes have the next
-- per_second, per_minute, at_once   limits, or ""
-- lease        ms for which a request may be under way
-- reserves     "1": where nothing is granted, the next free grant is reserved for who asks so (an open
--              job): lanes with a backlog would take every one. "": a lane asks. Where both always ask
--              for more, they take turns
-- Returns {requests granted, ms to wait until there may be more}
local grants, under_way, adaptation = unpack(KEYS)
local wanted, per_second, per_minute, at_once, lease, name, reserves = unpack(ARGV)

-- Smaller steps (ms) are left as they are (look.lua).
local AHEAD = 3000
-- A reserved grant is kept for so many ms from when it is free.
local RESERVED = 10000

local now = now_ms()
-- What was noted while Redis' clock was ahead, before a worker found its step, counts from now on.
local function take_back_step()
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', grants, '(' .. now + AHEAD, '+inf')) do
    redis.call('ZADD', grants, now, member)
  end
  local latest = now + tonumber(lease)
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', under_way, '(' .. latest + AHEAD, '+inf')) do
    redis.call('ZADD', under_way, latest, member)
  end
  local noted = redis.call('HMGET', adaptation, 'locked', 'locked_for')
  if noted[1] and noted[2] and noted[1] - now > noted[2] + AHEAD then
    redis.call('HSET', adaptation, 'locked', now + noted[2])
  end
end

take_back_step()
local factor, locked = unpack(redis.call('HMGET', adaptation, 'factor', 'locked'))
if locked and tonumber(locked) > now then
  return {0, tonumber(locked) - now}
end
factor = tonumber(factor or 1)
redis.call('ZREMRANGEBYSCORE', grants, '-inf', now - 60000)
redis.call('ZREMRANGEBYSCORE', under_way, '-inf', now)
local is_lane = reserves ~= '1'

-- How many of the free grants the asking one may not have.
local function kept_for_others()
  local noted = redis.call('HMGET', adaptation, 'reserved_at', 'reserved_for', 'owed')
  if not is_lane or noted[3] or not (noted[1] and noted[2]) then
    return 0
  end
  local since = now - noted[1]
  return since > -AHEAD and since < tonumber(noted[2]) and 1 or 0
end

local kept = kept_for_others()
local running = redis.call('ZRANGE', under_way, 0, -1)
local granted, wait = tonumber(wanted), 0

local function at_most(free, next_in)
  granted = math.min(granted, free)
  if free == 0 then
    wait = math.max(wait, next_in())
  end
end

-- Grants no more than are free in the window (ms), in which `most` grants may lie.
local function within(window, most)
  local used = redis.call('ZCOUNT', grants, '(' .. (now - window), '+inf')
  local older = 0
  for _, member in ipairs(running) do
    local granted_at = redis.call('ZSCORE', grants, member)
    if not granted_at or tonumber(granted_at) <= now - window then
      older = older + 1
    end
  end
  at_most(math.max(0, most - used - older - kept), function()
    local oldest = redis.call('ZRANGEBYSCORE', grants, '(' .. (now - window), '+inf',
      'WITHSCORES', 'LIMIT', math.max(0, used + older - most), 1)
    return oldest[2] and tonumber(oldest[2]) + window - now or (kept > 0 and 500 or 50)
  end)
end

if per_second ~= '' then
  local rate = tonumber(per_second) * factor
  within(rate < 1 and math.ceil(1000 / rate) or 1000, math.max(1, math.floor(rate)))
end
if per_minute ~= '' then
  within(60000, math.max(1, math.floor(tonumber(per_minute) * factor)))
end
if at_once ~= '' then
  at_most(math.max(0, tonumber(at_once) - #running - kept), function() return 50 end)
end
for number = 1, granted do
  local member = name .. ':' .. number
  redis.call('ZADD', grants, now, member)
  redis.call('ZADD', under_way, now + tonumber(lease), member)
end
if granted > 0 and is_lane then
  redis.call('HDEL', adaptation, 'owed')
elseif granted > 0 then
  redis.call('HDEL', adaptation, 'reserved_at', 'reserved_for')
  redis.call('HSET', adaptation, 'owed', 1)
elseif not is_lane then
  redis.call('HSET', adaptation, 'reserved_at', now, 'reserved_for', wait + RESERVED)
end
if not is_lane then
  redis.call('PEXPIRE', adaptation, KEPT)
end
redis.call('PEXPIRE', grants, KEPT)
redis.call('PEXPIRE', under_way, KEPT)
return {granted, wait}
