-- Functions of bulk acts, for the scripts that carry them out.

-- A worker that gives no sign of life for so long (ms) is followed by another one.
local BULK_LEASE = 5000

-- Whether the caller may go on: the act is in that state, and the caller's. Then it stays so.
local function bulk_goes_on(act, token, state)
  local found = redis.call('HMGET', act, 'state', 'token')
  if found[1] ~= state or found[2] ~= token then
    return false
  end
  redis.call('HSET', act, 'lease', string.format('%.0f', sound_ms() + BULK_LEASE))
  return true
end

-- UNIX ms until which the letters died that were counted; without a bulk act, any did.
local function bulk_until(bulk, act)
  return bulk and tonumber(redis.call('HGET', act, 'died_until')) or math.huge
end

-- Whether the dead letter is one of those: if not, it was replayed and died again.
local function bulk_holds(died_until, dead, id)
  if died_until == math.huge then
    return true
  end
  local died_at = tonumber(redis.call('ZSCORE', dead, id))
  return died_at ~= nil and died_at <= died_until
end

local function bulk_end(act, open, state)
  redis.call('HSET', act, 'state', state, 'ended', string.format('%.0f', sound_ms()))
  redis.call('HDEL', act, 'token', 'lease')
  redis.call('SREM', open, redis.call('HGET', act, 'name'))
end

-- Counts a page as done, in the step that does it: so nothing of it is ever done twice.
local function bulk_settle(act, ids, open, bulk, done, foreign)
  redis.call('ZREM', ids, unpack(bulk.page))
  redis.call('HINCRBY', act, 'done', done)
  redis.call('HINCRBY', act, 'foreign', foreign)
  redis.call('HINCRBY', act, 'passed', #bulk.page - done - foreign)
  if redis.call('ZCARD', ids) == 0 then
    bulk_end(act, open, 'done')
  end
end
