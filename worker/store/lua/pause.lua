-- Pauses an account, an operation or a lane.
local paused = unpack(KEYS)
local scope, reason, start = unpack(ARGV)

redis.call('HSET', paused, scope, reason)
begin_trouble(start, sound_ms(), {kind = 'paused', scope = scope, lane = '', detail = reason, messages = 0})
