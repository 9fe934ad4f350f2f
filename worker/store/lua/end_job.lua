-- Ends a job: its invalid messages become dead letters, what was parked for its contacts goes on.
-- A job that has ended already is left alone.
--
-- KEYS  1 jobs   2 job bodies   3 dead   4 dead bodies   5 lane state   6 parked
--       7 parked by contact     8 journal
-- ARGV  1 job    2 lane name
--       3 JSON: messages   how many the job holds
--               confirmed  false when the job is given up on
--               dead       [[message id, UNIX ms, body JSON], ...]
--               merged     how many of the dead had travelled inside another message's item
--               contacts   [contact key, ...] whose parked messages are released
-- Returns 1, or 0 when the job had ended

if redis.call('HDEL', KEYS[2], ARGV[1]) == 0 then
  return 0
end
redis.call('ZREM', KEYS[1], ARGV[1])
local result = cjson.decode(ARGV[3])
for _, dead in ipairs(result.dead) do
  redis.call('ZADD', KEYS[3], dead[2], dead[1])
  redis.call('HSET', KEYS[4], dead[1], dead[3])
end
local dead = #result.dead
redis.call('HINCRBY', KEYS[5], 'confirming', -result.messages)
redis.call('HINCRBY', KEYS[5], result.confirmed and 'confirmed' or 'unconfirmed',
  result.messages - dead)
if dead > 0 then
  redis.call('HINCRBY', KEYS[5], 'delivered', -dead)
  redis.call('HINCRBY', KEYS[5], 'merged', -result.merged)
  redis.call('HINCRBY', KEYS[5], 'dead', dead)
end
for _, contact in ipairs(result.contacts) do
  local from, to = '[' .. contact .. '\t', '[' .. contact .. '\t\255'
  local ids = {}
  for _, member in ipairs(redis.call('ZRANGEBYLEX', KEYS[7], from, to)) do
    ids[#ids + 1] = string.match(member, '\t(.*)$')
  end
  -- They come back in the order in which they were accepted, which is not that of their letters.
  table.sort(ids, function(one, other)
    local ms, number = string.match(one, '@(%d+)%-(%d+)$')
    local other_ms, other_number = string.match(other, '@(%d+)%-(%d+)$')
    if ms ~= other_ms then
      return tonumber(ms) < tonumber(other_ms)
    end
    return tonumber(number) < tonumber(other_number)
  end)
  for place, id in ipairs(ids) do
    redis.call('ZADD', KEYS[6], 'XX', place, id)
  end
end
redis.call('XADD', KEYS[8], '*', 'lane', ARGV[2], 'act',
  result.confirmed and 'confirmed' or 'unconfirmed', 'job', ARGV[1],
  'messages', result.messages, 'dead', dead)
return 1
