-- A circuit breaker, of an account's operation or of a host, for claim.lua and settle.lua. A hash:
--   state    "open": nobody sends until `until`; "half": one lane probes until `until`
--   streak   failed requests in a row
--   start, calls, failed   the current window
--   passed_at   UNIX ms at which the API last answered a request for messages

-- UNIX ms until which nobody may send, or nil.
local function breaker_open_until(breaker, now)
  local open_until = tonumber(redis.call('HGET', breaker, 'until'))
  return open_until and open_until > now and open_until or nil
end

-- The first lane claimed after an open breaker's time is the probe: the others wait until it has
-- settled, or its lease is over. Returns 1 for the probe, else 0.
local function breaker_probe(breaker, lease_end)
  if redis.call('HEXISTS', breaker, 'state') == 0 then
    return 0
  end
  redis.call('HSET', breaker, 'state', 'half', 'until', lease_end)
  return 1
end

-- Counts a batch's requests: answered and failed. `limits` say when the breaker opens: streak,
-- share, least, window and open (both ms).
-- Returns "opened" and the UNIX ms until which it is open; "closed"; or nil
local function breaker_note(breaker, now, answered, failed, limits)
  local was = redis.call('HMGET', breaker, 'state', 'streak', 'start', 'calls', 'failed')
  local streak, start = tonumber(was[2] or 0), tonumber(was[3] or now)
  local calls, bad = tonumber(was[4] or 0), tonumber(was[5] or 0)
  if now - start > limits.window then
    start, calls, bad = now, 0, 0
  end
  calls, bad = calls + answered + failed, bad + failed
  streak = (failed == 0 and answered > 0) and 0 or (answered > 0 and failed or streak + failed)
  redis.call('HSET', breaker, 'streak', streak, 'start', start, 'calls', calls, 'failed', bad)
  redis.call('PEXPIRE', breaker, limits.window + limits.open + KEPT)
  if failed > 0 then
    local share = calls >= limits.least and bad / calls >= limits.share
    if was[1] or streak >= limits.streak or share then
      local open_until = now + limits.open
      redis.call('HSET', breaker, 'state', 'open', 'until', open_until, 'streak', 0,
        'start', now, 'calls', 0, 'failed', 0)
      return 'opened', open_until
    end
  elseif was[1] and answered > 0 then
    redis.call('HDEL', breaker, 'state', 'until')
    return 'closed'
  end
end
