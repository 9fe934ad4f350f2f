-- Puts letters among the dead letters, each unless its id is known here already.
--
-- A letter that was purged here takes its place back (purged - 1); any other is a message accepted
-- anew (accepted + 1): so accepted = delivered + parked + dead + purged + backlog goes on to hold.
--
-- KEYS  1 dead   2 dead bodies   3 parked bodies   4 lanes   5 journal
-- ARGV  1 key prefix   2 "import" | "check": writes nothing
--       3 how many lanes were searched for returned messages, then two for each:
--         lane name, the last stream id that was looked at
--       then five for each letter:
--         message id, UNIX ms of its death, lane, body, lane in which it was purged or ""
-- Returns one of "new", "dead", "parked", "waiting" for each letter; only the new are imported

local prefix, searched = ARGV[1], tonumber(ARGV[3])
local returned = {}
for at = 4, 2 + 2 * searched, 2 do
  local tail = redis.call('XRANGE', prefix .. 'lane:' .. ARGV[at], '(' .. ARGV[at + 1], '+')
  for _, entry in ipairs(tail) do
    for field = 1, #entry[2], 2 do
      if entry[2][field] == 'meta' then
        returned[cjson.decode(entry[2][field + 1]).id] = true
      end
    end
  end
end

local function known_as(id)
  local lane, stream_id = string.match(id, '^(.*)@(.*)$')
  if redis.call('HEXISTS', KEYS[2], id) == 1 then
    return 'dead'
  elseif redis.call('HEXISTS', KEYS[3], id) == 1 then
    return 'parked'
  elseif returned[id] or #redis.call('XRANGE', prefix .. 'lane:' .. lane, stream_id, stream_id) > 0 then
    return 'waiting'
  end
  return 'new'
end

local answers, by_lane = {}, {}
for at = 4 + 2 * searched, #ARGV, 5 do
  local id, lane, purged_in = ARGV[at], ARGV[at + 2], ARGV[at + 4]
  local answer = known_as(id)
  answers[#answers + 1] = answer
  if answer == 'new' and ARGV[2] == 'import' then
    local purged = purged_in ~= '' and prefix .. 'state:' .. purged_in
    if purged and tonumber(redis.call('HGET', purged, 'purged') or 0) > 0 then
      redis.call('HINCRBY', purged, 'purged', -1)
      redis.call('HINCRBY', purged, 'accepted', -1)
    end
    redis.call('HINCRBY', prefix .. 'state:' .. lane, 'accepted', 1)
    redis.call('HINCRBY', prefix .. 'state:' .. lane, 'dead', 1)
    redis.call('SADD', KEYS[4], lane)
    redis.call('ZADD', KEYS[1], ARGV[at + 1], id)
    redis.call('HSET', KEYS[2], id, ARGV[at + 3])
    by_lane[lane] = by_lane[lane] or {}
    table.insert(by_lane[lane], id)
  end
end
for lane, ids in pairs(by_lane) do
  redis.call('XADD', KEYS[5], '*', 'lane', lane, 'act', 'imported', 'ids', cjson.encode(ids))
end
return answers
