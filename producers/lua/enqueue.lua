-- Appends messages to one lane and makes the lane due. It is all or nothing, and safe to repeat.
--
-- memory      the caller's key: the number and the answer of its last call
-- call        number of the caller's call: one more with each call, equal in a repetition
-- linger      ms
-- special     "", or JSON: messages     [[index from 1 on, hashed idempotency key or "", UNIX ms to
--                                       wait for or 0, body while it waits (letter_body.py),
--                                       the contact's next key or "", the lane of messages about
--                                       that or "" if it is this one], ...]
--                          parked, parked_body   keys of waiting messages
--                          blocking   key of the messages that block later ones of a contact
--                          streams    beginning of the keys of lanes
--                          once, window   beginning of the keys of idempotency keys, and how many
--                                         seconds they are known
-- The arguments from MESSAGES on are two for each message: the entry's field and its payload.
-- Returns a text: "run ID COUNT": all new, each with the next number
--         | "ids ID ID ...": each a new stream id, or the message id that its key stands for
--         | "full BACKLOG" | "old": this call repeats one before the caller's last
local stream, state, due, lanes, memory = unpack(KEYS)
local lane, call, linger, batch_size, limit, special = unpack(ARGV, 1, 6)
local MESSAGES = 7
-- After so many messages a lane that is due already is made due again, in case `due` lost it.
local REPEAT_DUE = 16

local last = redis.call('GET', memory)
if last then
  local number, reply = string.match(last, '^(%d+) (.*)$')
  if number == call then
    -- A write, so that a WAIT behind it waits for replicas on this connection too.
    redis.call('EXPIRE', memory, 900)
    return reply
  elseif tonumber(number) > tonumber(call) then
    return 'old'
  end
end

local count = (#ARGV - MESSAGES + 1) / 2
local length = redis.call('XLEN', stream)
local fields = redis.call('HMGET', state, 'parked', 'hold')
local backlog = length + (tonumber(fields[1]) or 0)
if backlog + count > tonumber(limit) then
  return 'full ' .. backlog
end

local function now_ms()
  local clock = redis.call('TIME')
  return clock[1] * 1000 + math.floor(clock[2] / 1000)
end

-- Appends a message after which its contact has another key. Its id is newer than those of the
-- other lane, where messages about that key may be, and older than those that follow there.
local function append_change(field, payload, other)
  local newest = redis.call('XADD', other, '*', '', '')
  redis.call('XDEL', other, newest)
  local id = redis.pcall('XADD', stream, newest, field, payload)
  if type(id) == 'table' then -- this lane is ahead of the other one
    id = redis.call('XADD', stream, '*', field, payload)
    redis.call('XSETID', other, id)
  end
  return id
end

-- Bytes from which an entry is large (worker/store/lua/common.lua).
local LARGE = 8000
for at = MESSAGES + 1, #ARGV, 2 do
  if #ARGV[at] > LARGE then
    redis.call('HSET', state, 'large', 1)
    break
  end
end

local ids, accepted, waiting = {}, 0, 0

if special == '' then
  for index = 1, count do
    local at = MESSAGES + 2 * (index - 1)
    ids[index] = redis.call('XADD', stream, '*', ARGV[at], ARGV[at + 1])
  end
  accepted = count
else
  special = cjson.decode(special)
  local specials, now = {}, now_ms()
  for _, one in ipairs(special.messages) do
    specials[one[1]] = one
  end
  for index = 1, count do
    local _, key, wait_for, body, next_contact, other =
      unpack(specials[index] or {index, '', 0, '', '', ''})
    local known = key ~= '' and redis.call('GET', special.once .. key)
    if known then
      ids[index] = known
    else
      local at, later = MESSAGES + 2 * (index - 1), wait_for > now
      if other ~= '' and not later then
        ids[index] = append_change(ARGV[at], ARGV[at + 1], special.streams .. other)
      else
        ids[index] = redis.call('XADD', stream, '*', ARGV[at], later and '' or ARGV[at + 1])
      end
      local id = lane .. '@' .. ids[index]
      if next_contact ~= '' and not later then
        redis.call('ZADD', special.blocking, 0, next_contact .. '\t' .. id)
      end
      accepted = accepted + 1
      if later then
        redis.call('XDEL', stream, ids[index])
        -- Messages that wait for one moment come back in their order, one just after the other.
        redis.call('ZADD', special.parked, wait_for + waiting / 1024, id)
        redis.call('HSET', special.parked_body, id, body)
        waiting = waiting + 1
      end
      if key ~= '' then
        redis.call('SET', special.once .. key, id, 'EX', special.window)
      end
    end
  end
end

if length == 0 then
  redis.call('SADD', lanes, lane)
end
redis.call('HINCRBY', state, 'accepted', accepted)
if waiting > 0 then
  redis.call('HINCRBY', state, 'parked', waiting)
end

-- A lane on hold (leased, backing off, paused) keeps the time that its holder has set. Any other lane
-- with messages is due already: it is made due again only when a batch gets full, and now and then.
batch_size = tonumber(batch_size)
local before = length
length = length + accepted - waiting
local is_batch = length >= batch_size
local gets_full = is_batch and before < batch_size
local is_due = before > 0 and not gets_full and before % REPEAT_DUE ~= 0
if length > 0 and not fields[2] and not is_due then
  local now = now_ms()
  redis.call('ZADD', due, 'LT', is_batch and now or now + linger, lane)
end

local function are_in_a_row()
  local ms, number = string.match(ids[1], '^(%d+)-(%d+)$')
  return ids[count] == ms .. '-' .. number + count - 1
end

local reply
if special == '' and (count == 1 or are_in_a_row()) then
  reply = 'run ' .. ids[1] .. ' ' .. count
else
  reply = 'ids ' .. table.concat(ids, ' ')
end
redis.call('SETEX', memory, 900, call .. ' ' .. reply)
return reply
