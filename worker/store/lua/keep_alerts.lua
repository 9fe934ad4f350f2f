-- Changes a hash of the alerts. It works on a full server: then they matter.
--
-- gone   how many fields are deleted
-- The arguments from FIELDS on are these fields, and then field, value, field, value, ...
local hash = unpack(KEYS)
local gone = unpack(ARGV)
local FIELDS = 2

local first = FIELDS + gone
for at = FIELDS, first - 1 do
  redis.call('HDEL', hash, ARGV[at])
end
for at = first, #ARGV, 2 do
  redis.call('HSET', hash, ARGV[at], ARGV[at + 1])
end
