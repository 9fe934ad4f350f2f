-- Brings dead letters back to the tail of their lanes, and makes the lanes due.
--
-- bulk     JSON {token, page, foreign}: the bulk act that these are a page of (bulk.lua), and how many
--          of the page are not among these, for their account is of another system; "": none
-- The arguments from LETTERS on are three for each letter: message id, SHA-1 (hex) of the body as it
-- was read, meta of the message.
-- Returns {how many, how many stay because their lanes hold messages of another system than the one
-- that they were made for}; a letter that is none any more, or that was changed, is passed over
--         | false: the bulk act is stopped, or another worker's
local dead, dead_body, due, lanes, journal, act, act_ids, act_open = unpack(KEYS)
local start, bulk = unpack(ARGV, 1, 2)
local LETTERS = 3

bulk = bulk ~= '' and cjson.decode(bulk)
if bulk and not bulk_goes_on(act, bulk.token, 'running') then
  return false
end
local died_until = bulk_until(bulk, act)

local by_lane, done, foreign = {}, 0, 0

-- Whether the lane may hold a message that was made for that system, beside those that it holds.
local function takes(stream, state, system)
  local fields = redis.call('HMGET', state, 'system', 'parked')
  if not system or not fields[1] or fields[1] == system then
    return true
  end
  if redis.call('XLEN', stream) + (tonumber(fields[2]) or 0) > 0 then
    return false
  end
  redis.call('HSET', state, 'system', system)
  return true
end

local function replay(id, letter, meta)
  local stream, state = start .. 'lane:' .. letter.lane, start .. 'state:' .. letter.lane
  if not takes(stream, state, letter.system) then
    foreign = foreign + 1
    return
  end
  append(stream, state, letter, meta)
  redis.call('SADD', lanes, letter.lane)
  if redis.call('HEXISTS', state, 'hold') == 0 then
    redis.call('ZADD', due, 'LT', sound_ms(), letter.lane)
  end
  redis.call('HINCRBY', state, 'dead', -1)
  redis.call('HINCRBY', state, 'dead_' .. letter.reason, -1)
  redis.call('ZREM', dead, id)
  redis.call('HDEL', dead_body, id)
  by_lane[letter.lane] = by_lane[letter.lane] or {}
  table.insert(by_lane[letter.lane], id)
  done = done + 1
end

for at = LETTERS, #ARGV, 3 do
  local id, as_read, meta = unpack(ARGV, at, at + 2)
  local body = redis.call('HGET', dead_body, id)
  local is_as_read = body and redis.sha1hex(body) == as_read
  if is_as_read and bulk_holds(died_until, dead, id) then
    replay(id, cjson.decode(body), meta)
  end
end
for lane, ids in pairs(by_lane) do
  add_line(journal, 'lane', lane, 'act', 'replayed', 'ids', cjson.encode(ids))
end
if bulk then
  bulk_settle(act, act_ids, act_open, bulk, done, foreign + bulk.foreign)
end
return {done, foreign}
