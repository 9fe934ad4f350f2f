-- Has the API asked about an open job again, after so many ms.
--
-- until_   ms from the first question on for which the API is asked; "" where nobody has asked now
-- Returns 1, or 0 when the API has been asked for so long: then nothing changes
local jobs, dispatched, asked = unpack(KEYS)
local job, wait, until_ = unpack(ARGV)

if until_ ~= '' then
  local first = redis.call('HGET', asked, job)
  if seen_ms() - (first or seen_ms()) > tonumber(until_) then
    return 0
  end
  redis.call('HSETNX', asked, job, sound_ms())
end
redis.call('ZADD', jobs, 'XX', sound_ms() + tonumber(wait), job)
redis.call('HDEL', dispatched, job)
return 1
