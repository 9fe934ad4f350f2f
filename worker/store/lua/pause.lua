-- Pauses an account, an operation or a lane.
--
-- by   JSON {who, and the reason again}; "": no person did
local paused, paused_by = unpack(KEYS)
local scope, reason, start, by = unpack(ARGV)

local now = sound_ms()
redis.call('HSET', paused, scope, reason)
if by ~= '' then
  by = cjson.decode(by)
  by.at = now
  redis.call('HSET', paused_by, scope, cjson.encode(by))
end
begin_trouble(start, now, {kind = 'paused', scope = scope, lane = '', detail = reason, messages = 0})
