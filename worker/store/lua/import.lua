-- Puts letters among the dead letters, each unless its id is known here already.
--
-- A letter that was purged here is no longer purged (purged - 1); any other is a message accepted
-- anew (accepted + 1): so accepted = delivered + parked + dead + purged + backlog goes on to hold.
--
-- A letter that has its idempotency key gets it back: for its results, and, while the key is known
-- (`window` ms from the message's id on) and stands for no other message, against a second one.
--
-- mode       "import" | "check": writes nothing
-- searched   how many lanes were searched for returned messages; the arguments from SEARCHED on are
--            two for each: lane name, the last stream id that was looked at; then eight for
--            each letter: message id, UNIX ms of its death, lane, body, lane in which it was purged
--            or "", its idempotency key or "", the hash of that or "", 1 if it was replayed here last
-- Returns one of "new", "dead", "parked", "waiting", "replayed" for each letter; only the new are
-- imported
local dead, dead_body, parked_body, lanes, journal = unpack(KEYS)
local start, mode, window, searched = unpack(ARGV, 1, 4)
local SEARCHED = 5
-- Seconds for which a message's key is known for its results: 30 days, as in enqueue.lua.
local KEY_KEPT = 2592000
local LETTERS = SEARCHED + 2 * tonumber(searched)

local returned = {}
for at = SEARCHED, LETTERS - 2, 2 do
  local lane, last = ARGV[at], ARGV[at + 1]
  for _, entry in ipairs(redis.call('XRANGE', start .. 'lane:' .. lane, '(' .. last, '+')) do
    local meta = entry[2][4]
    if meta then
      returned[cjson.decode(meta).id] = true
    end
  end
end

local function known_as(id)
  local lane, stream_id = string.match(id, '^(.*)@(.*)$')
  if redis.call('HEXISTS', dead_body, id) == 1 then
    return 'dead'
  elseif redis.call('HEXISTS', parked_body, id) == 1 then
    return 'parked'
  elseif returned[id]
      or #redis.call('XRANGE', start .. 'lane:' .. lane, stream_id, stream_id) > 0 then
    return 'waiting'
  end
  return 'new'
end

local answers, by_lane = {}, {}
local now = seen_ms()

local function give_back(id, key, hash)
  redis.call('SET', start .. 'key_of:' .. id, key, 'EX', KEY_KEPT + KEPT / 1000)
  if string.match(id, '@(%d+)') + window > now then
    redis.call('SET', start .. 'once:' .. hash, id, 'NX', 'PX',
      string.format('%.0f', window + KEPT))
  end
end

for at = LETTERS, #ARGV, 8 do
  local id, died_at, lane, body, purged_in, key, hash, replayed = unpack(ARGV, at, at + 7)
  local answer = known_as(id)
  if answer == 'new' and replayed == '1' then
    answer = 'replayed'
  end
  answers[#answers + 1] = answer
  if answer == 'new' and mode == 'import' then
    local purged = purged_in ~= '' and start .. 'state:' .. purged_in
    if purged and tonumber(redis.call('HGET', purged, 'purged') or 0) > 0 then
      redis.call('HINCRBY', purged, 'purged', -1)
      redis.call('HINCRBY', purged, 'accepted', -1)
      redis.call('HINCRBY', purged, 'unpurged', 1)
      redis.call('HINCRBY', purged, 'unaccepted', 1)
    end
    redis.call('HINCRBY', start .. 'state:' .. lane, 'accepted', 1)
    redis.call('HINCRBY', start .. 'state:' .. lane, 'dead', 1)
    redis.call('HINCRBY', start .. 'state:' .. lane, 'dead_' .. cjson.decode(body).reason, 1)
    redis.call('SADD', lanes, lane)
    redis.call('ZADD', dead, died_at, id)
    redis.call('HSET', dead_body, id, body)
    redis.call('DEL', start .. 'purged:' .. id)
    if key ~= '' then
      give_back(id, key, hash)
    end
    by_lane[lane] = by_lane[lane] or {}
    table.insert(by_lane[lane], id)
  end
end
for lane, ids in pairs(by_lane) do
  add_line(journal, 'lane', lane, 'act', 'imported', 'ids', cjson.encode(ids))
end
return answers
