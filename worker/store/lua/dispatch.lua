-- Dispatches the lanes that are due, each once: to nobody else until the grace (ms) is over.
--
-- A member that is no lane's name is set aside, and so are keys of a lane that are of a wrong type.
--
-- worker   its name; the call is its sign of life
-- known    the accounts that it knows (`leaves` of common.lua); it signs for them a few times in a grace
-- share    how many lanes of one account are dispatched at most; the arguments from FREE on are two
--          for each account that has fewer places left: its name, and how many
-- after    the lane at which the worker's last look ended, or ""; and its score
-- Returns {the lane at which the look ended, its score, or "" twice at the end of what is due, then
--          lane, messages waiting, lane, messages waiting, ...}, of at most `most` lanes
local due, paused, workers, accounts = unpack(KEYS)
local most, grace, start, worker, known, share, after, after_score = unpack(ARGV, 1, 8)
local FREE = 9
local DAY = 86400000
-- Arguments of one command that signs for accounts: Lua's stack is not endless.
local MOST_SIGNS = 1000

local now = seen_ms()
redis.call('ZADD', workers, now, worker)
redis.call('ZREMRANGEBYSCORE', workers, '-inf', now - DAY)
-- A worker may know thousands of accounts: it signs for them a few times in a grace. The colon keeps
-- the time of its signature apart from accounts.
local signed = redis.call('ZSCORE', accounts, ':' .. worker)
if not signed or math.abs(now - signed) >= tonumber(grace) / 6 then
  local signs = {}
  for account in string.gmatch(known, '[^ *]+') do
    signs[#signs + 1], signs[#signs + 2] = now, account
    if #signs == MOST_SIGNS then
      redis.call('ZADD', accounts, unpack(signs))
      signs = {}
    end
  end
  if #signs > 0 then
    redis.call('ZADD', accounts, unpack(signs))
  end
  redis.call('ZADD', accounts, now, ':' .. worker)
  redis.call('ZREMRANGEBYSCORE', accounts, '-inf', now - DAY)
end
local dispatched, count = {'', ''}, 0
local free = {}
for at = FREE, #ARGV, 2 do
  free[ARGV[at]] = tonumber(ARGV[at + 1])
end

-- Whether the lane is this worker's to take, and its account has a place for it, which it then takes.
local function takes_place(lane)
  local account = string.match(lane, '^[^:]*')
  if leaves(accounts, account, known, now, tonumber(grace), due, lane) then
    return false
  end
  local left = free[account] or tonumber(share)
  free[account] = left - 1
  return left > 0
end

-- Dispatches the lane if it can be; false when no more are wanted.
local function look_at(lane)
  local account = string.match(lane, '^[^:]*')
  if (free[account] or 1) <= 0 and is_lane(lane) then
    return true -- its account is full: nothing of the lane is read
  end
  local state = start .. 'state:' .. lane
  if not is_lane(lane) then
    set_aside(start, now, 'due', lane, redis.call('ZSCORE', due, lane))
    redis.call('ZREM', due, lane)
  elseif is_paused(paused, lane) then
    mend_types(start, now, lane)
    hold(state, due, lane)
  elseif count == tonumber(most) then
    return false
  elseif takes_place(lane) then
    mend_types(start, now, lane)
    redis.call('HSET', state, 'hold', 1)
    redis.call('ZADD', due, now + tonumber(grace), lane)
    dispatched[#dispatched + 1] = lane
    dispatched[#dispatched + 1] = redis.call('XLEN', start .. 'lane:' .. lane)
    count = count + 1
  end
  return true
end

dispatched[1], dispatched[2] = look_at_due(due, now, after, after_score, look_at)
return dispatched
