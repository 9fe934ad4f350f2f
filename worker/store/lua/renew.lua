-- Prolongs a lease that is still ours, before a request that could outlast it; and notes what is
-- about to be sent, where that matters.
--
-- lease   ms
-- mark    what `sending` becomes (claim.lua), or ""
-- Returns 1, or 0 when the lease is another's
local state, due = unpack(KEYS)
local lane, token, lease, mark = unpack(ARGV)

if redis.call('HGET', state, 'token') ~= token then
  return 0
end
local lease_end = now_ms() + tonumber(lease)
redis.call('HSET', state, 'until', lease_end)
if mark ~= '' then
  redis.call('HSET', state, 'sending', mark)
end
redis.call('ZADD', due, lease_end, lane)
return 1
