-- Makes lanes due at once that were dispatched, and that no worker could be told of.
--
-- KEYS  1 due
-- ARGV  the lanes

for _, lane in ipairs(ARGV) do
  redis.call('ZADD', KEYS[1], 'XX', 'LT', 0, lane)
end
