-- Stores a dead letter's new body. A changed contact may belong to another lane of the operation:
-- then the message moves in the counters of both.
--
-- KEYS  1 dead bodies   2 lanes   3 journal   4 state of the lane it is of   5 of the lane it goes to
-- ARGV  1 message id    2 SHA-1 (hex) of its body as it was read    3 new body
--       4 lane it is of               5 lane it goes to
-- Returns 1, or 0 when it is no dead letter any more, or has been changed meanwhile

local body = redis.call('HGET', KEYS[1], ARGV[1])
if not body or redis.sha1hex(body) ~= ARGV[2] then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
if ARGV[4] ~= ARGV[5] then
  for _, counter in ipairs({'accepted', 'dead'}) do
    redis.call('HINCRBY', KEYS[4], counter, -1)
    redis.call('HINCRBY', KEYS[5], counter, 1)
  end
  redis.call('SADD', KEYS[2], ARGV[5])
end
redis.call('XADD', KEYS[3], '*', 'lane', ARGV[5], 'act', 'edited',
  'ids', cjson.encode({ARGV[1]}))
return 1
