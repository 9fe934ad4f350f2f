-- Brings dead letters back to the tail of their lanes, and makes the lanes due.
--
-- The arguments from LETTERS on are three for each letter: message id, SHA-1 (hex) of the body as it
-- was read, meta of the message.
-- Returns how many; a letter that is none any more, or that has been changed, is passed over
local dead, dead_body, due, lanes, journal = unpack(KEYS)
local start = ARGV[1]
local LETTERS = 2

local now, by_lane, done = now_ms(), {}, 0

for at = LETTERS, #ARGV, 3 do
  local id, as_read, meta = unpack(ARGV, at, at + 2)
  local body = redis.call('HGET', dead_body, id)
  if body and redis.sha1hex(body) == as_read then
    local letter = cjson.decode(body)
    local state = start .. 'state:' .. letter.lane
    append(start .. 'lane:' .. letter.lane, state, letter, meta)
    redis.call('SADD', lanes, letter.lane)
    if redis.call('HEXISTS', state, 'hold') == 0 then
      redis.call('ZADD', due, 'LT', now, letter.lane)
    end
    redis.call('HINCRBY', state, 'dead', -1)
    redis.call('ZREM', dead, id)
    redis.call('HDEL', dead_body, id)
    by_lane[letter.lane] = by_lane[letter.lane] or {}
    table.insert(by_lane[letter.lane], id)
    done = done + 1
  end
end
for lane, ids in pairs(by_lane) do
  add_line(journal, 'lane', lane, 'act', 'replayed', 'ids', cjson.encode(ids))
end
return done
