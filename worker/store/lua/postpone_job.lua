-- Has the API asked about an open job again, after so many ms.
local jobs = unpack(KEYS)
local job, wait = unpack(ARGV)

redis.call('ZADD', jobs, 'XX', sound_ms() + tonumber(wait), job)
