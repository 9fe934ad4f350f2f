-- Ends a pause, and lets the lanes of its scope go on at once, whatever they wait for: a breaker, a
-- time, or a lease whose owner is gone.
--
-- scope      "account", "account:operation" or "account:operation:partition"
-- gone_after ms without a sign of life after which a worker is gone
-- Returns {1 or 0: whether the scope was paused, lanes that are due now, lanes that a worker is
--          delivering, lanes that another pause holds, lanes of the scope in all}
local paused, lanes, due, workers, paused_by = unpack(KEYS)
local scope, start, gone_after = unpack(ARGV)

local now = now_ms()
local was_paused = redis.call('HDEL', paused, scope)
redis.call('HDEL', paused_by, scope)
for _, kind in ipairs({'paused', 'credentials_refused', 'flood_guarded'}) do
  end_trouble(start, now, kind, scope, 0)
  tell_again(start, kind, scope)
end
local ready, busy, held, all = 0, 0, 0, 0

-- Whether a worker owns the lease, as far as anybody knows.
local function is_owned(token, lease_end)
  if not token or tonumber(lease_end) <= seen_ms() then
    return false
  end
  local seen = redis.call('ZSCORE', workers, string.match(token, '^[^-]*'))
  return not seen or now - tonumber(seen) <= tonumber(gone_after)
end

for _, lane in ipairs(redis.call('SMEMBERS', lanes)) do
  if string.sub(lane .. ':', 1, #scope + 1) == scope .. ':' then
    local state = start .. 'state:' .. lane
    mend_types(start, now, lane)
    all = all + 1
    if is_paused(paused, lane) then
      held = held + 1
    else
      local token, lease_end, breaker =
        unpack(redis.call('HMGET', state, 'token', 'until', 'waits_with'))
      redis.call('DEL', start .. 'breaker:' .. string.match(lane, '^[^:]*:[^:]*'))
      if breaker then
        redis.call('DEL', breaker) -- it may be the host's
      end
      if is_owned(token, lease_end) then
        busy = busy + 1
      else
        redis.call('HDEL', state, 'hold', 'in_flight', 'retry_at', 'waits_with', 'attempts',
          'failed_at', 'failing_since')
        if redis.call('HEXISTS', state, 'sending') == 1 and token then
          -- A request of the owner that is gone may be under way: the next claim waits for its end.
          redis.call('HSET', state, 'until', 0)
        else
          redis.call('HDEL', state, 'token', 'until')
        end
        redis.call('HSET', state, 'moved', now)
        if redis.call('XLEN', start .. 'lane:' .. lane) > 0 then
          redis.call('ZADD', due, 0, lane)
          ready = ready + 1
        end
      end
    end
  end
end
return {was_paused, ready, busy, held, all}
