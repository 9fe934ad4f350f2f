-- When the consumers of a group were last seen, by Batchline's clock; put before the scripts of
-- results. A hash:
--   CONSUMER   UNIX ms at which it last read, or kept what it had
--   since      UNIX ms from which on these times count: a step of Redis' clock was found then
--   shift, at  Batchline's shift (clock.lua) when that was last looked at, and UNIX ms then
--   unlooked   UNIX ms since which no worker is known to look at the clock, as long as none does

-- Smaller steps (ms) are left as they are (worker/store/lua/look.lua).
local FINEST = 3000

-- A full server refuses to note it; then the others' reading is refused too.
local function note_seen(seen, ...)
  redis.pcall('HSET', seen, ...)
end

-- UNIX ms now, and those from which on the times of consumers count. Where no worker looks, nobody
-- tells a step forward from time that has passed: then they count from when that was noticed.
local function times(seen)
  local now, last = now_ms(), redis.call('HGET', clock, 'last')
  local before, at, since, unlooked =
    unpack(redis.call('HMGET', seen, 'shift', 'at', 'since', 'unlooked'))
  since = math.min(tonumber(since or 0), now)
  -- A shift gets smaller by a hundredth of the time.
  if before and math.abs(shift - before) > FINEST + math.abs(now - at) / 100 then
    since = now
  end
  local text = function(ms)
    return string.format('%.0f', ms)
  end
  if last and now > last - FINEST and now < last + UNSEEN then
    redis.call('HDEL', seen, 'unlooked')
    unlooked = 0
  else
    unlooked = math.min(tonumber(unlooked or now), now)
    note_seen(seen, 'unlooked', text(unlooked))
  end
  note_seen(seen, 'shift', text(shift), 'at', text(now), 'since', text(since))
  return now, math.max(since, unlooked)
end
