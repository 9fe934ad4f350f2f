-- Dispatches the jobs whose next question is due, each once; again only after the grace (ms).
--
-- Returns the names of at most `most` jobs
local jobs, dispatched = unpack(KEYS)
local most, grace = unpack(ARGV)

local now = now_ms()
local names = redis.call('ZRANGEBYSCORE', jobs, '-inf', now, 'LIMIT', 0, most)
for _, job in ipairs(names) do
  redis.call('ZADD', jobs, now + tonumber(grace), job)
  redis.call('HINCRBY', dispatched, job, 1)
end
return names
