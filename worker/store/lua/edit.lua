-- Stores a dead letter's new body. A changed contact may belong to another lane of the operation:
-- then the message moves in the counters of both.
--
-- as_read     SHA-1 (hex) of the body as it was read
-- from, to    the lane that the message belongs to, and the lane that it moves to
-- Returns 1, or 0 when the message is no dead letter any more, or its body has been changed
local dead_body, lanes, journal, from_state, to_state = unpack(KEYS)
local id, as_read, new_body, from, to = unpack(ARGV)

local body = redis.call('HGET', dead_body, id)
if not body or redis.sha1hex(body) ~= as_read then
  return 0
end
redis.call('HSET', dead_body, id, new_body)
if from ~= to then
  for _, counter in ipairs({'accepted', 'dead', 'dead_' .. cjson.decode(body).reason}) do
    redis.call('HINCRBY', from_state, counter, -1)
    redis.call('HINCRBY', to_state, counter, 1)
  end
  redis.call('HINCRBY', from_state, 'unaccepted', 1)
  redis.call('SADD', lanes, to)
end
add_line(journal, 'lane', to, 'act', 'edited', 'ids', cjson.encode({id}))
return 1
