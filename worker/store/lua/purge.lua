-- Deletes dead letters for good. It frees memory before it takes any, so it works on a full server.
--
-- The arguments from IDS on are the message ids.
-- Returns how many were deleted; a message that is no dead letter any more is passed over
local dead, dead_body, journal = unpack(KEYS)
local start = ARGV[1]
local IDS = 2

local by_lane, done = {}, 0

for at = IDS, #ARGV do
  local id = ARGV[at]
  local body = redis.call('HGET', dead_body, id)
  if body then
    local lane = cjson.decode(body).lane
    redis.call('ZREM', dead, id)
    redis.call('HDEL', dead_body, id)
    by_lane[lane] = by_lane[lane] or {}
    table.insert(by_lane[lane], id)
    done = done + 1
  end
end
for lane, ids in pairs(by_lane) do
  redis.call('HINCRBY', start .. 'state:' .. lane, 'dead', -#ids)
  redis.call('HINCRBY', start .. 'state:' .. lane, 'purged', #ids)
  redis.call('XADD', journal, '*', 'lane', lane, 'act', 'purged', 'ids', cjson.encode(ids))
end
return done
