-- Deletes dead letters for good. It frees memory before it takes any, so it works on a full server.
--
-- KEYS  1 dead   2 dead bodies   3 journal
-- ARGV  1 key prefix             then the message ids
-- Returns how many; what is no dead letter any more is passed over

local by_lane, done = {}, 0

for at = 2, #ARGV do
  local id = ARGV[at]
  local body = redis.call('HGET', KEYS[2], id)
  if body then
    local lane = cjson.decode(body).lane
    redis.call('ZREM', KEYS[1], id)
    redis.call('HDEL', KEYS[2], id)
    by_lane[lane] = by_lane[lane] or {}
    table.insert(by_lane[lane], id)
    done = done + 1
  end
end
for lane, ids in pairs(by_lane) do
  redis.call('HINCRBY', ARGV[1] .. 'state:' .. lane, 'dead', -#ids)
  redis.call('HINCRBY', ARGV[1] .. 'state:' .. lane, 'purged', #ids)
  redis.call('XADD', KEYS[3], '*', 'lane', lane, 'act', 'purged', 'ids', cjson.encode(ids))
end
return done
