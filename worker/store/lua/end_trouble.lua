-- Ends troubles that are over, if they are still as they were read.
--
-- The arguments from TROUBLES on are three for each: kind, scope, its UNIX ms `last`.
local troubles = unpack(KEYS)
local start = ARGV[1]
local TROUBLES = 2

local now = sound_ms()
for at = TROUBLES, #ARGV, 3 do
  local kind, scope, last = unpack(ARGV, at, at + 2)
  local known = redis.call('HGET', troubles, kind .. ' ' .. scope)
  if known and cjson.decode(known).last == tonumber(last) then
    end_trouble(start, now, kind, scope, 0)
    if redis.call('HGET', start .. 'state:' .. scope, 'trouble') == kind then
      end_lane_trouble(start, now, scope, 0)
    end
  end
end
