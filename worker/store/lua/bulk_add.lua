-- Notes dead letters that a bulk act is about.
--
-- token    the caller's
-- cursor   UNIX ms of their death up to which letters were sought by now
-- looked   letters that were looked at
-- last     ms for which they are kept at least until somebody confirms them, when there are no
--          more; else 0
-- The arguments from LETTERS on are two for each letter: message id, reason.
-- Returns 1; 0 when the act was stopped, or is another worker's
local act, ids, open = unpack(KEYS)
local token, cursor, looked, last = unpack(ARGV, 1, 4)
local LETTERS = 5

if not bulk_goes_on(act, token, 'counting') then
  return 0
end
for at = LETTERS, #ARGV, 2 do
  local id, reason = ARGV[at], ARGV[at + 1]
  local enqueued_at = string.match(id, '@(%d+)%-%d+$')
  if redis.call('ZADD', ids, enqueued_at, parked_member(id)) == 1 then
    redis.call('HINCRBY', act, 'total', 1)
    redis.call('HINCRBY', act, 'reason:' .. reason, 1)
  end
end
redis.call('HSET', act, 'cursor', cursor)
redis.call('HINCRBY', act, 'looked', looked)
if last ~= '0' then
  redis.call('PEXPIRE', ids, string.format('%.0f', last + KEPT))
  redis.call('HDEL', act, 'wanted', 'token', 'lease')
  redis.call('HSET', act, 'state', 'counted', 'counted', string.format('%.0f', sound_ms()))
  redis.call('SREM', open, redis.call('HGET', act, 'name'))
end
return 1
