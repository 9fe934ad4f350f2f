-- Begins a trouble that no other script sees, or notes that it goes on.
--
-- what    JSON, as begin_trouble of trouble.lua
-- error   "", or the detail that becomes the error of the lane `what.lane`: the trouble is the lane's
--         own, and the lane waits properly
local troubles = unpack(KEYS)
local what, error, start = unpack(ARGV)

local now = sound_ms()
what = cjson.decode(what)
if error == '' then
  begin_trouble(start, now, what)
else
  redis.call('HSET', start .. 'state:' .. what.lane, 'error', error, 'error_at', now, 'moved', now)
  local waiting = redis.call('XLEN', start .. 'lane:' .. what.lane)
  begin_lane_trouble(start, now, what.lane, what.kind, what.detail, waiting)
end
