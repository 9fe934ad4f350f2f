-- Brings dead letters back to the tail of their lanes, or purges them.
--
-- KEYS  1 dead   2 dead bodies   3 due   4 lanes
-- ARGV  1 "replay" | "purge"     2 key prefix   then the message ids
-- Returns how many; ids that are no dead letters (any more) are passed over

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local done = 0

for at = 3, #ARGV do
  local id = ARGV[at]
  local body = redis.call('HGET', KEYS[2], id)
  if body then
    local letter = cjson.decode(body)
    local state = ARGV[2] .. 'state:' .. letter.lane
    if ARGV[1] == 'replay' then
      redis.call('XADD', ARGV[2] .. 'lane:' .. letter.lane, '*', 'contact', letter.contact,
        'options', letter.options, 'payload', letter.payload, 'meta', letter.meta)
      redis.call('SADD', KEYS[4], letter.lane)
      if redis.call('HEXISTS', state, 'hold') == 0 then
        redis.call('ZADD', KEYS[3], 'LT', now, letter.lane)
      end
    else
      redis.call('HINCRBY', state, 'purged', 1)
    end
    redis.call('HINCRBY', state, 'dead', -1)
    redis.call('ZREM', KEYS[1], id)
    redis.call('HDEL', KEYS[2], id)
    done = done + 1
  end
end
return done
