-- Prolongs the caller's lease, before a request that could outlast it; and writes the mark of the
-- messages that are about to be sent, where a second delivery of them would matter.
--
-- lease   ms
-- mark    what `sending` becomes (claim.lua), or ""
-- Returns 1, or 0 when the caller does not own the lease any more
local state, due = unpack(KEYS)
local lane, token, lease, mark = unpack(ARGV)

if redis.call('HGET', state, 'token') ~= token then
  return 0
end
local lease_end = sound_ms() + tonumber(lease)
redis.call('HSET', state, 'until', lease_end)
if mark ~= '' then
  redis.call('HSET', state, 'sending', mark)
end
redis.call('ZADD', due, lease_end, lane)
return 1
