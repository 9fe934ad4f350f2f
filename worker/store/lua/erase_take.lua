-- Takes an erasure that is under way, unless somebody is at it; or keeps it.
--
-- token   the caller's
-- only    its name; "": any
-- Returns its name, or false
local open = unpack(KEYS)
local start, token, only = unpack(ARGV)
-- Who gives no sign of life for so long (ms) is followed by another one.
local LEASE = 5000

for _, name in ipairs(only ~= '' and {only} or redis.call('SMEMBERS', open)) do
  local act = start .. 'erase:act:' .. name
  local state, owner, lease = unpack(redis.call('HMGET', act, 'state', 'token', 'lease'))
  if not state then
    redis.call('SREM', open, name)
  elseif state == 'running' and (owner == token or (tonumber(lease) or 0) <= seen_ms()) then
    redis.call('HSET', act, 'token', token, 'lease', string.format('%.0f', sound_ms() + LEASE))
    return name
  end
end
return false
