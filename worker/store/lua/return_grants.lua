-- Ends a grant (take_grants.lua) whose requests are answered. Many answers 429 make the account
-- slower. Where the API refuses everything for a while after a 429, nothing is granted meanwhile.
--
-- refused, answers      answers 429, answers in all
-- lock, longer, longest ms for which a 429 locks the account, how many more after each 429 in a
--                       row, and how many at most; 0 where a 429 does not lock it. The answer to a
--                       request that was sent before the lock does not end it
-- Returns {factor in percent}
local grants, under_way, adaptation = unpack(KEYS)
local name, refused, answers, lock, longer, longest = unpack(ARGV)

local now = now_ms()
refused, answers, lock = tonumber(refused), tonumber(answers), tonumber(lock)

for _, member in ipairs(redis.call('ZRANGE', under_way, 0, -1)) do
  if string.sub(member, 1, #name + 1) == name .. ':' then
    redis.call('ZREM', under_way, member)
    redis.call('ZADD', grants, now, member)
  end
end
redis.call('PEXPIRE', grants, KEPT)

-- On more than a tenth of 429 in a window: 30 % less; else 10 % more, up to what is set.
local was = redis.call('HMGET', adaptation, 'factor', 'start', 'calls', 'refused')
local factor, start = tonumber(was[1] or 1), math.min(tonumber(was[2] or now), now)
local in_window, refused_in_window = tonumber(was[3] or 0) + answers, tonumber(was[4] or 0) + refused
if in_window >= 10 and refused_in_window / in_window > 0.1 then
  factor, start, in_window, refused_in_window = math.max(0.01, factor * 0.7), now, 0, 0
elseif now - start > 10000 then
  factor, start, in_window, refused_in_window = math.min(1, factor * 1.1), now, 0, 0
end
redis.call('HSET', adaptation, 'factor', tostring(factor), 'start', start, 'calls', in_window,
  'refused', refused_in_window)

if lock > 0 and refused > 0 then
  local before = redis.call('HINCRBY', adaptation, 'lockouts', refused) - 1
  lock = math.max(lock, math.min(lock + tonumber(longer) * before, tonumber(longest)))
  redis.call('HSET', adaptation, 'locked', now + lock, 'locked_for', lock)
elseif answers > 0 and tonumber(redis.call('HGET', adaptation, 'locked') or 0) <= now then
  redis.call('HDEL', adaptation, 'locked', 'locked_for', 'lockouts')
end
redis.call('PEXPIRE', adaptation, KEPT + lock)
return {math.floor(factor * 100)}
