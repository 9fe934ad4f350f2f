-- Changes a bulk act as a person orders it.
--
-- order    "confirm": run it, if it is about so many letters as the person has seen
--          "stop": do no more of it; what is left is kept for `kept` ms
--          "resume": go on with one that was stopped while it ran
--          "pace": so many letters a second at most; "": as fast as it goes
-- value    the count, or the pace; or ""
-- Returns {1 or 0: whether it is done, its state, letters that are left}; {0, "", 0}: there is none
local act, ids, open = unpack(KEYS)
local order, value, kept = unpack(ARGV)

local state = redis.call('HGET', act, 'state')
local left = redis.call('ZCARD', ids)
if not state then
  return {0, '', 0}
end
local now = string.format('%.0f', sound_ms())

local function run()
  redis.call('PERSIST', ids)
  redis.call('HSET', act, 'state', 'running')
  redis.call('HSETNX', act, 'begun', now)
  redis.call('HDEL', act, 'ended', 'fault')
  redis.call('SADD', open, redis.call('HGET', act, 'name'))
  if left == 0 then
    bulk_end(act, open, 'done')
  end
end

local does = false
if order == 'confirm' then
  does = state == 'counted' and left == tonumber(value)
  if does then
    run()
  end
elseif order == 'stop' then
  does = state == 'counting' or state == 'counted' or state == 'running'
  if does then
    bulk_end(act, open, 'stopped')
    redis.call('HDEL', act, 'wanted')
    redis.call('PEXPIRE', ids, string.format('%.0f', kept + KEPT))
  end
elseif order == 'resume' then
  does = state == 'stopped' and left > 0 and redis.call('HEXISTS', act, 'begun') == 1
  if does then
    run()
  end
elseif order == 'pace' then
  does = state ~= 'done'
  if does and value == '' then
    redis.call('HDEL', act, 'rate')
  elseif does then
    redis.call('HSET', act, 'rate', value)
  end
end
return {does and 1 or 0, redis.call('HGET', act, 'state'), left}
