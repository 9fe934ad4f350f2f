-- Brings parked messages whose time has come back to the tail of their lanes, and makes the lanes
-- due. They stay in the sets by contact until they are settled: others must not pass them before.
--
-- A member without a message, or with one that cannot be read or put into its lane, is set aside.
--
-- delayed   what the history of a message says that was delayed when it was enqueued
-- Returns how many members, `most` at most; `most` also where their bytes have ended it earlier
local parked, parked_body, due, calls = unpack(KEYS)
local most, start, delayed = unpack(ARGV)

-- Bytes of messages after which a call ends: it blocks the server.
local MOST_BYTES = 8000000
local bytes = 0

local now = seen_ms()
-- Messages that one batch parked come back together: they differ in parts of a millisecond alone. One
-- of a merged item that came alone could be sent after the whole.
local before = '(' .. string.format('%.0f', now + 1)
local members = redis.call('ZRANGEBYSCORE', parked, '-inf', before, 'LIMIT', 0, most)

-- The message of a body; nil when it cannot be read.
local function read(body)
  local is_json, message = pcall(cjson.decode, body or '')
  if not is_json or type(message) ~= 'table' then
    return nil
  end
  for _, field in ipairs({'lane', 'contact', 'options', 'payload', 'meta'}) do
    if type(message[field]) ~= 'string' then
      return nil
    end
  end
  return is_lane(message.lane) and message or nil
end

-- Lanes whose keys are of the right types.
local mended = {}

-- Puts the message into its lane; raises where that cannot be done, and then it is not there.
local function unpark(id, message)
  local state = start .. 'state:' .. message.lane
  if not mended[message.lane] then
    mend_types(start, now, message.lane)
    mended[message.lane] = true
  end
  if redis.call('HEXISTS', state, 'hold') == 0 then
    redis.call('ZADD', due, 'LT', now, message.lane)
  end
  -- A message that was parked when it was enqueued has been through nothing but that, and its trace.
  local meta = message.meta
  if meta == '' then
    local history = {{now, delayed}}
    if type(message.trace) == 'string' then
      table.insert(history, 1, {tonumber(string.match(id, '@(%d+)')) or now, message.trace})
    end
    meta = cjson.encode({id = id, history = history})
  end
  append(start .. 'lane:' .. message.lane, state, message, meta)
end

-- Counts the message out. Messages that an older release has parked are not counted by their reason.
local function leave(state, reason)
  add_to(state, 'parked', -1)
  if type(reason) == 'string' and reason ~= 'delayed' then
    local counter = 'parked_' .. reason
    if (tonumber(redis.call('HGET', state, counter)) or 0) > 0 then
      add_to(state, counter, -1)
    end
  end
end

-- Calls past the lanes that are over, and whose callers have not said so: they were killed.
for _, member in ipairs(redis.call('ZRANGEBYSCORE', calls, '-inf', now, 'LIMIT', 0, most)) do
  local account = string.match(member, '\t([^:\t]*)[^\t]*$') or ''
  redis.call('ZREM', start .. 'parked:blocking:' .. account, member)
  redis.call('ZREM', calls, member)
end

for _, member in ipairs(members) do
  local id = parked_id(member)
  if bytes > MOST_BYTES then
    return tonumber(most)
  end
  local body = redis.call('HGET', parked_body, id)
  local message = read(body)
  bytes = bytes + #(body or '')
  local came_back = message and pcall(unpark, id, message)
  if not came_back then
    set_aside(start, now, 'parked', member, body or '')
  end
  -- Only now: a message is kept twice for a moment, and never nowhere.
  redis.call('ZREM', parked, member)
  redis.call('HDEL', parked_body, id)
  if came_back then
    leave(start .. 'state:' .. message.lane, message.reason)
  end
end
return #members
