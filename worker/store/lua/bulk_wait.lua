-- Keeps a bulk act while its worker waits, or gives it up. One of which nothing is left is done.
--
-- token   the caller's
-- keeps   1: keep it; 0: give it up, for another worker to go on
-- Returns 1; 0 when the act is done, was stopped, or is another worker's
local act, ids, open = unpack(KEYS)
local token, keeps = unpack(ARGV)

local state = redis.call('HGET', act, 'state')
if not state or not bulk_goes_on(act, token, state) then
  return 0
end
if state == 'running' and redis.call('ZCARD', ids) == 0 then
  bulk_end(act, open, 'done')
  return 0
end
if keeps == '0' then
  redis.call('HDEL', act, 'token', 'lease')
end
return 1
