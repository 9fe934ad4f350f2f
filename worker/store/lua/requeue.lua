-- Makes lanes (the arguments) due at once that were dispatched, and that no worker could be told of.
local due = unpack(KEYS)

for _, lane in ipairs(ARGV) do
  redis.call('ZADD', due, 'XX', 'LT', 0, lane)
end
