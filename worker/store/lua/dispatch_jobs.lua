-- Hands out the jobs whose next question is due, each once: again only when the grace is over.
--
-- KEYS  1 jobs
-- ARGV  1 how many at most   2 grace, ms
-- Returns their names

local now = now_ms()
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, job in ipairs(due) do
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), job)
end
return due
