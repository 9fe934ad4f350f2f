-- Batchline's clock, put before every script: Redis' clock without the steps that it makes, which
-- workers find and take out (look.lua, worker/store/redis_clock.py). Every stored time is of this
-- clock, the ids of lanes and journal included. A hash:
--   shift   ms to add to Redis' clock
--   last    UNIX ms of Batchline's clock when a worker last looked
--   listed  where somebody is on the suppression list: the name of its key, a space, and a number
--           that grows with each change of it. It stands here, for every script reads this hash.

-- Ids of one ms at most: more go on in the next ms. So an id is a number of 53 bits, in order
-- (worker/delivery/superseded.py).
local PER_MILLI = 4096
-- Until a worker has looked, time goes on by so many ms at most where that matters.
local UNSEEN = 5000
local FORWARD = 60000

-- Redis deletes keys by its own clock: for so many ms it keeps what is of use for minutes, so that a
-- step does not make it forget.
local KEPT = 90000000

local clock = string.match(KEYS[1], '^%b{}:') .. 'clock'
local shift, listed = unpack(redis.call('HMGET', clock, 'shift', 'listed'))
shift = tonumber(shift or 0)

-- UNIX ms of Redis' own clock.
local function wall_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function now_ms()
  return wall_ms() + shift
end

-- now_ms() for the question whether something stored is over: a step forward that no worker has
-- found yet ends nothing.
local function seen_ms()
  local last = redis.call('HGET', clock, 'last')
  return last and math.min(now_ms(), last + UNSEEN) or now_ms()
end

-- now_ms() for what a worker stores: a worker looks every second, so that more than a minute since
-- is a step forward that none has found yet, and nothing is to wait for it.
local function sound_ms()
  local last, now = redis.call('HGET', clock, 'last'), now_ms()
  return last and now - last > FORWARD and last + UNSEEN or now
end

-- The id of the stream's next entry, where it has to be known before.
local function coming_id(stream)
  local now, info = now_ms(), redis.pcall('XINFO', 'STREAM', stream)
  for at = 1, #info, 2 do
    if info[at] == 'last-generated-id' then
      local ms, number = string.match(info[at + 1], '^(%d+)%-(%d+)$')
      if tonumber(ms) >= now then
        return ms .. string.format('-%.0f', number + 1)
      end
    end
  end
  return string.format('%.0f-0', now)
end

-- The id with which XADD is to add the stream's next entry.
local function next_id(stream)
  return shift == 0 and '*' or coming_id(stream)
end

-- Adds an entry to a lane; returns its id.
local function add(stream, ...)
  local id = redis.call('XADD', stream, next_id(stream), ...)
  if #id > 17 then
    local ms, number = string.match(id, '^(%d+)%-(%d+)$')
    if tonumber(number) >= PER_MILLI then
      redis.call('XDEL', stream, id)
      return redis.call('XADD', stream, string.format('%.0f-0', ms + 1), ...)
    end
  end
  return id
end

-- The member of `parked` that stands for a message: its id with the numbers filled up, so that the
-- messages of a lane that come back in one ms do so in the order in which they were enqueued.
local function parked_member(id)
  local lane, ms, number = string.match(id, '^(.*)@(%d+)%-(%d+)$')
  return lane and string.format('%s@%015.0f-%015.0f', lane, ms, number) or id
end

-- The message id of a member of `parked`.
local function parked_id(member)
  local lane, ms, number = string.match(member, '^(.*)@0*(%d+)%-0*(%d+)$')
  return lane and lane .. '@' .. ms .. '-' .. number or member
end
