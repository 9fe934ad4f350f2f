-- Brings dead letters back to the tail of their lanes, and makes these due.
--
-- KEYS  1 dead   2 dead bodies   3 due   4 lanes   5 journal
-- ARGV  1 key prefix             then three for each letter:
--       message id, SHA-1 (hex) of its body as it was read, meta that goes with the message
-- Returns how many; what is no dead letter any more, or has been changed, is passed over

local now, by_lane, done = now_ms(), {}, 0

for at = 2, #ARGV, 3 do
  local id = ARGV[at]
  local body = redis.call('HGET', KEYS[2], id)
  if body and redis.sha1hex(body) == ARGV[at + 1] then
    local letter = cjson.decode(body)
    local state = ARGV[1] .. 'state:' .. letter.lane
    redis.call('XADD', ARGV[1] .. 'lane:' .. letter.lane, '*', 'contact', letter.contact,
      'options', letter.options, 'payload', letter.payload, 'meta', ARGV[at + 2])
    redis.call('SADD', KEYS[4], letter.lane)
    if redis.call('HEXISTS', state, 'hold') == 0 then
      redis.call('ZADD', KEYS[3], 'LT', now, letter.lane)
    end
    redis.call('HINCRBY', state, 'dead', -1)
    redis.call('ZREM', KEYS[1], id)
    redis.call('HDEL', KEYS[2], id)
    by_lane[letter.lane] = by_lane[letter.lane] or {}
    table.insert(by_lane[letter.lane], id)
    done = done + 1
  end
end
for lane, ids in pairs(by_lane) do
  redis.call('XADD', KEYS[5], '*', 'lane', lane, 'act', 'replayed', 'ids', cjson.encode(ids))
end
return done
