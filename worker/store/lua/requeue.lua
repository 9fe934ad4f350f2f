-- Makes dispatched lanes (the arguments) due at once, because no task could be sent for them.
local due = unpack(KEYS)

for _, lane in ipairs(ARGV) do
  redis.call('ZADD', due, 'XX', 'LT', 0, lane)
end
