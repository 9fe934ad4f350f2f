-- Functions that several scripts need; put before each script when it is loaded.

-- Adds a line to the journal.
local function add_line(journal, ...)
  redis.call('XADD', journal, next_id(journal), ...)
end

-- Whether a text is a lane's name: account, operation, partition.
local function is_lane(text)
  return string.match(text, '^[a-z0-9][a-z0-9_-]*:[a-z0-9._]+:%d%d?%d?$') ~= nil
end

-- Whether a lane is held: its account, its operation, or itself (worker/store/pause.py).
local function is_paused(paused, lane)
  local account, operation = string.match(lane, '^([^:]*):([^:]*)')
  if not operation then
    return false -- no name of a lane: whoever parses it says so
  end
  local reasons = redis.call('HMGET', paused, account, account .. ':' .. operation, lane)
  return (reasons[1] or reasons[2] or reasons[3]) and true or false
end

-- Takes a lane off the schedule; resume.lua puts it back.
local function hold(state, due, lane)
  redis.call('HDEL', state, 'token', 'until', 'in_flight')
  redis.call('HSET', state, 'hold', 1)
  redis.call('ZREM', due, lane)
end

-- Nobody may claim the lane before that UNIX ms; then it is due.
local function hold_until(state, due, lane, at)
  redis.call('HDEL', state, 'token', 'until', 'in_flight')
  redis.call('HSET', state, 'hold', 1, 'retry_at', at)
  redis.call('HDEL', state, 'waits_with')
  redis.call('ZADD', due, at, lane)
end

-- The name of a message's field in its entry (producers/entry.py). A body of a newer release names
-- its `format`: then so does the entry, and an older worker leaves it to a newer one.
local function field_name(message)
  local version, contact, options = message.format or '1', message.contact, message.options
  if options ~= '' or string.match(contact, '^[{\n]') then
    return version .. options .. '\n' .. contact
  end
  return version .. contact
end

-- Bytes from which an entry is large: a head of many such entries is read by its bytes
-- (worker/store/head.py).
local LARGE = 8000

-- The last stream id of a lane without large entries; "" for a lane that has some.
local function horizon(stream, state)
  if redis.call('HEXISTS', state, 'large') == 1 then
    return ''
  end
  local last = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  return last and last[1] or ''
end

-- Adds to a counter; one that somebody else has made something else begins anew.
local function add_to(state, counter, by)
  if type(redis.pcall('HINCRBY', state, counter, by)) == 'table' then
    redis.call('HSET', state, counter, math.max(by, 0))
  end
end

-- Puts a message that has been in a lane before at the lane's tail.
local function append(stream, state, message, meta)
  if #message.payload > LARGE then
    redis.call('HSET', state, 'large', 1)
  end
  add(stream, field_name(message), message.payload, 'meta', meta)
end

-- Whether a worker leaves what is due of an account to another one: it does not know the account.
-- Where no worker that knows it has looked for the grace (ms), it takes it nevertheless, when that is
-- due for the grace, so that somebody tells of it.
--
-- known   "*", or the names of the accounts that it knows, each between spaces
-- due, member   what is due: its UNIX ms
local function leaves(accounts, account, known, now, grace, due, member)
  if known == '*' or string.find(known, ' ' .. account .. ' ', 1, true) then
    return false
  end
  local at, seen = redis.call('ZSCORE', due, member), redis.call('ZSCORE', accounts, account)
  return tonumber(at) > now - grace or (seen and tonumber(seen) > now - grace)
end

-- Members of what is due that one look goes through: those that are due for longest, and as many
-- behind the place where the worker's last look ended.
local MOST_LOOKED_AT = 500

-- Goes through a part of what is due: however much of it cannot be dispatched, for its accounts are
-- full, a look is short, and the next ones of the worker find what is behind.
--
-- after, score   the member at which the worker's last look ended, or ""; and its score
-- look_at        takes a member; false: no more are wanted
-- Returns the member at which this look ended, and its score; "" twice at the end of what is due
local function look_at_due(due, now, after, score, look_at)
  local entries, seen = redis.call('ZRANGE', due, 0, MOST_LOOKED_AT - 1, 'WITHSCORES'), {}
  local function go_through()
    for at = 1, #entries, 2 do
      if tonumber(entries[at + 1]) > now then
        return true
      elseif not seen[entries[at]] and not look_at(entries[at]) then
        return true
      end
      seen[entries[at]] = true
    end
    return #entries < 2 * MOST_LOOKED_AT
  end
  if go_through() then
    return '', ''
  end
  -- What is dispatched leaves its place: so these are counted from a member, not from a number. One
  -- that has gone meanwhile was beside those with its score.
  local last, last_score = entries[#entries - 1], entries[#entries]
  if after == '' or tonumber(score) < tonumber(last_score) then
    after, score = last, last_score
  end
  local rank = redis.call('ZRANK', due, after)
  if not rank or tonumber(redis.call('ZSCORE', due, after)) > now then
    rank = redis.call('ZCOUNT', due, '-inf', '(' .. score)
  end
  entries = redis.call('ZRANGE', due, rank, rank + MOST_LOOKED_AT - 1, 'WITHSCORES')
  if go_through() then
    return '', ''
  end
  return entries[#entries - 1], entries[#entries]
end
