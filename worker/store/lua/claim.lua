-- Takes the lease of a lane, for one owner at a time. An XRANGE pipelined behind it reads the head.
--
-- The lane's state is a hash:
--   hold       set while somebody decides when the lane is due (dispatched, leased, backing off,
--              paused); while it is set, enqueueing does not change the due time
--   token, until     the lease's owner, and the UNIX ms at which it ends unless it is renewed
--   settled          the token of the last settled batch
--   retry_at         UNIX ms before which a lane that backs off must not be claimed
--   attempts         failures of the destination in a row
--   alone            messages of the head that are sent alone (worker/delivery/fault.py)
--   in_flight        messages of the batch that is being delivered
--   sending          the mark: JSON [[first, last, times], ...], stream ids of messages that may
--                    have been sent and are not settled, and how often an answer about them was too
--                    large (worker/delivery/uncertain.py). So the next owner knows which messages
--                    an owner that died may have sent
--   error, error_at  the last failure's detail, and its UNIX ms
--   flood_start, flood_seen, flood_rejected   the flood guard's window
--   accepted, delivered, merged, parked, dead, purged, requests,
--   confirming, confirmed, unconfirmed   counters
--
-- lease    ms
-- Returns {"claimed", attempts, sending, how many parked messages block later ones, alone}
--         | {"busy"} | {"early"} | {"open"} | {"paused"} | {"empty"}
local stream, state, due, paused, breaker, parked_blocking = unpack(KEYS)
local lane, token, lease, batch_size = unpack(ARGV)

local now = now_ms()
local owner, owned_until, retry_at, attempts, sending, alone =
  unpack(redis.call('HMGET', state, 'token', 'until', 'retry_at', 'attempts', 'sending', 'alone'))

if owner and owner ~= token and tonumber(owned_until) > now then
  return {'busy'}
end
if is_paused(paused, lane) then
  hold(state, due, lane)
  return {'paused'}
end
if retry_at and tonumber(retry_at) > now then
  return {'early'}
end
local waiting = redis.call('XLEN', stream)
if waiting == 0 then
  redis.call('HDEL', state, 'hold', 'token', 'until', 'in_flight', 'retry_at', 'sending', 'alone')
  redis.call('ZREM', due, lane)
  return {'empty'}
end
local lease_end = now + tonumber(lease)
local open_until = breaker_blocks(breaker, now, lease_end)
if open_until then
  hold_until(state, due, lane, open_until)
  return {'open'}
end

redis.call('HSET', state, 'hold', 1, 'token', token, 'until', lease_end,
  'in_flight', math.min(waiting, tonumber(batch_size)))
redis.call('HDEL', state, 'retry_at')
redis.call('ZADD', due, lease_end, lane)
return {'claimed', tonumber(attempts or 0), sending or '', redis.call('ZCARD', parked_blocking),
  tonumber(alone or 0)}
