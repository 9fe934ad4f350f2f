-- Takes the lease of a lane, for one owner at a time. An XRANGE pipelined behind it reads the head.
--
-- The lane's state is a hash:
--   hold       set while somebody decides when the lane is due (dispatched, leased, backing off,
--              paused); while it is set, enqueueing does not change the due time
--   token, until     the lease's owner, and the UNIX ms at which it ends unless it is renewed
--   overdue          the `until` that a claim gave to an owner whose lease was over
--   system           the system that the lane's messages are made for (enqueue.lua)
--   failed_at, failing_since   UNIX ms at which the destination last failed, while attempts > 0;
--                    and since when it has failed and nothing has passed
--   settled          the token of the last settled batch
--   retry_at         UNIX ms before which a lane that backs off must not be claimed
--   waits_with       the breaker with which a lane waits: when that closes, `retry_at` is over
--   attempts         failures of the destination in a row
--   suspects, others_passed   who of the head may be what makes the API fail (lease.py)
--   moved            UNIX ms until which the lane is accounted for: of its last settling, or of
--                    the time that it was told to wait for (worker/troubles/stalls.py)
--   claims           claims since then
--   alone            messages of the head that are sent alone (worker/delivery/fault.py)
--   cut              messages that a batch has at most (worker/delivery/cut.py)
--   in_flight        messages of the batch that is being delivered
--   sending          the mark: JSON [[first, last, times], ...], stream ids of messages that may
--                    have been sent and are not settled, and how often an answer did not say
--                    whether they were taken (worker/delivery/uncertain.py). So the next owner knows which messages
--                    an owner that died may have sent
--   large            set while the lane may hold large messages (common.lua)
--   error, error_at  the detail of the failure that lasts, and its UNIX ms; when it is over they
--                    become past_error, past_error_at
--   trouble          the kind of the lane's own trouble that lasts (trouble.lua)
--   flood_start, flood_seen, flood_rejected   the flood guard's window
--   accepted, delivered, merged, parked, dead, purged, requests,
--   confirming, confirmed, unconfirmed   counters
--   parked_contact_missing, parked_behind, parked_suspected, parked_ambiguous   of `parked`, by reason;
--                    the others are delayed
--   died             messages that ever became dead letters; `dead`: those that are
--   dead_REASON, died_REASON   of `dead` and `died`, those of that reason
--   failed_requests, late   requests without a usable answer; messages delivered late (latency.py)
--   unmerged, unpurged, unaccepted   by how much `merged`, `purged`, `accepted` were lowered, so that
--                    metrics can count on (worker/metrics)
--   erased           messages that were erased, or dropped for their contact is suppressed
--   suppressed       messages that were never accepted, for their contact is suppressed
--
-- lease    ms
-- system   the account's; "" if any will do
-- quiet    ms after which no request can be under way that the lane's former owner has sent
-- Returns {"claimed", attempts, sending, how many parked messages block later ones, alone, suspects,
--          others_passed, horizon, passed_at of the breaker, failed_at, failing_since,
--          how many breakers it probes, cut, which suppression list there is or ""}
--         | {"busy", ms} | {"early", ms} | {"operation", ms} | {"host", ms}: ms until the
--         lane can be claimed | {"paused", 0} | {"empty", 0}
--         | {"foreign", ms, system}: the messages are made for another system than the account's
local stream, state, due, paused, breaker, parked_blocking, host = unpack(KEYS)
local lane, token, lease, batch_size, quiet, system = unpack(ARGV)
local FOREIGN_AGAIN = 30000

local now, seen = sound_ms(), seen_ms()
local owner, owned_until, overdue, retry_at, attempts, sending, alone,
  suspects, others_passed = unpack(redis.call(
  'HMGET', state, 'token', 'until', 'overdue', 'retry_at', 'attempts', 'sending', 'alone',
  'suspects', 'others_passed'))

if owner and owner ~= token then
  if tonumber(owned_until) > seen then
    return {'busy', tonumber(owned_until) - seen}
  end
  -- A lease that is over is no proof that its owner is: it may wait for an answer. Until that must
  -- have come the owner may go on; then it is too early no more to ask what became of its messages.
  if sending and overdue ~= owned_until then
    local quiet_at = string.format('%.0f', now + tonumber(quiet))
    redis.call('HSET', state, 'until', quiet_at, 'overdue', quiet_at)
    redis.call('ZADD', due, quiet_at, lane)
    return {'busy', tonumber(quiet)}
  end
end
if is_paused(paused, lane) then
  hold(state, due, lane)
  return {'paused', 0}
end
if retry_at and tonumber(retry_at) > seen then
  return {'early', tonumber(retry_at) - seen}
end
local waiting = redis.call('XLEN', stream)
if waiting == 0 then
  redis.call('HDEL', state, 'hold', 'token', 'until', 'in_flight', 'retry_at', 'waits_with',
    'sending', 'alone', 'cut', 'suspects', 'others_passed', 'large')
  redis.call('ZREM', due, lane)
  return {'empty', 0}
end
local made_for = redis.call('HGET', state, 'system')
if made_for and system ~= '' and made_for ~= system then
  hold_until(state, due, lane, now + FOREIGN_AGAIN)
  return {'foreign', FOREIGN_AGAIN, made_for}
end
local lease_end = now + tonumber(lease)
for _, one in ipairs({host, breaker}) do
  local open_until = breaker_open_until(one, now)
  if open_until then
    hold_until(state, due, lane, open_until)
    redis.call('HSET', state, 'waits_with', one)
    return {one == host and 'host' or 'operation', open_until - now}
  end
end
local probes = breaker_probe(host, lease_end) + breaker_probe(breaker, lease_end)

redis.call('HSET', state, 'hold', 1, 'token', token, 'until', lease_end,
  'in_flight', math.min(waiting, tonumber(batch_size)))
redis.call('HDEL', state, 'retry_at', 'waits_with', 'overdue')
redis.call('HINCRBY', state, 'claims', 1)
redis.call('ZADD', due, lease_end, lane)
local failed = redis.call('HMGET', state, 'failed_at', 'failing_since', 'cut')
return {'claimed', tonumber(attempts or 0), sending or '', redis.call('ZCARD', parked_blocking),
  tonumber(alone or 0), tonumber(suspects or 0), tonumber(others_passed or 0),
  horizon(stream, state), tonumber(redis.call('HGET', breaker, 'passed_at') or 0),
  tonumber(failed[1] or 0), tonumber(failed[2] or 0), probes, tonumber(failed[3] or 0),
  listed or ''}
