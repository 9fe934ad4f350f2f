-- Takes the lease of a lane, for one owner at a time. The head is read by XRANGE, pipelined behind.
--
-- The lane's state is a hash:
--   hold       set while somebody decides when the lane is due (dispatched, leased, backing off,
--              paused); while it is set, enqueueing leaves the due time alone
--   token, until     who owns the lease, and until which UNIX ms without a sign of life
--   settled          the token of the last settled batch
--   retry_at         UNIX ms before which a lane that backs off must not be claimed
--   attempts         failures of the destination in a row
--   in_flight        messages of the batch that is being delivered
--   sending          JSON [[first, last, times], ...]: stream ids that were sent and not settled,
--                    and how often an answer about them was too large (worker/delivery/uncertain.py); what an
--                    owner that died leaves behind, so that it is recognised and not guessed
--   error, error_at  the last failure, in words, and when
--   flood_start, flood_seen, flood_rejected   the flood guard's window
--   accepted, delivered, merged, parked, dead, purged, requests,
--   confirming, confirmed, unconfirmed   counters
--
-- KEYS  1 lane stream   2 lane state   3 due   4 paused   5 breaker
--       6 parked and blocking
-- ARGV  1 lane name     2 token        3 lease, ms   4 batch size
-- Returns {"claimed", attempts, sending, how many are parked and blocking}
--         | {"busy"} | {"early"} | {"open"} | {"paused"} | {"empty"}

local now = now_ms()
local state = redis.call('HMGET', KEYS[2], 'token', 'until', 'retry_at', 'attempts', 'sending')

if state[1] and state[1] ~= ARGV[2] and tonumber(state[2]) > now then
  return {'busy'}
end
if is_paused(KEYS[4], ARGV[1]) then
  hold(KEYS[2], KEYS[3], ARGV[1])
  return {'paused'}
end
if state[3] and tonumber(state[3]) > now then
  return {'early'}
end
local waiting = redis.call('XLEN', KEYS[1])
if waiting == 0 then
  redis.call('HDEL', KEYS[2], 'hold', 'token', 'until', 'in_flight', 'retry_at', 'sending')
  redis.call('ZREM', KEYS[3], ARGV[1])
  return {'empty'}
end
local lease_end = now + tonumber(ARGV[3])
local open_until = breaker_blocks(KEYS[5], now, lease_end)
if open_until then
  hold_until(KEYS[2], KEYS[3], ARGV[1], open_until)
  return {'open'}
end

redis.call('HSET', KEYS[2], 'hold', 1, 'token', ARGV[2], 'until', lease_end,
  'in_flight', math.min(waiting, tonumber(ARGV[4])))
redis.call('HDEL', KEYS[2], 'retry_at')
redis.call('ZADD', KEYS[3], lease_end, ARGV[1])
return {'claimed', tonumber(state[4] or 0), state[5] or '[]', redis.call('ZCARD', KEYS[6])}
