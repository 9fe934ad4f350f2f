-- Sets a member aside that is no lane's name.
local members = unpack(KEYS)
local key, member, start = unpack(ARGV)

if redis.call('SREM', members, member) == 1 then
  set_aside(start, now_ms(), key, member, '')
end
