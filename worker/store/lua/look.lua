-- Looks at Batchline's clock (clock.lua), and takes a step of Redis' clock out of it.
--
-- mode   "look"
--        "pass": the time since a worker looked has passed indeed, however long it is
--        "undo": Redis' clock has stepped forward by `step` ms since a worker looked, if the shift
--        is still the one that the caller was told, `told`
-- least  UNIX ms that Batchline's clock must show at least, as far as the caller knows
-- Returns {now, shift, ms since a worker looked last, ms by which Redis' clock has stepped back}
local clock_key = unpack(KEYS)
local mode, told, step, least = unpack(ARGV)
-- A smaller step (ms) is left as it is.
local FINEST = 3000
-- The clock is noted when so many ms have passed; by then a shift has become smaller by a hundredth
-- of them, so that after a step Batchline's clock comes near Redis' again.
local NOTED = 1000

local now, back = now_ms(), 0
local last = tonumber(redis.call('HGET', clock_key, 'last') or now)
local gap = now - last

local function move(by)
  shift, now, gap = shift + by, now + by, gap + by
  redis.call('HSET', clock_key, 'shift', string.format('%.0f', shift))
end

local function note()
  gap = 0
  redis.call('HSET', clock_key, 'last', string.format('%.0f', now))
end

if gap < -FINEST then
  back = math.max(last, tonumber(least)) - now
  move(back)
elseif mode == 'pass' then
  note()
elseif mode == 'undo' and shift == tonumber(told) and gap > step - FINEST then
  move(-step)
  note()
elseif gap <= FINEST and gap >= NOTED then
  local less = math.floor(math.min(math.abs(shift), gap / 100))
  if less > 0 then
    move(shift > 0 and -less or less)
  end
  note()
elseif redis.call('HEXISTS', clock_key, 'last') == 0 then
  note()
end
return {now, shift, gap, back}
