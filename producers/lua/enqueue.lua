-- Appends messages to one lane and makes the lane due. It is all or nothing, and safe to repeat.
--
-- memory      the caller's key: the number and the answer of its last call
-- call        number of the caller's call: one more with each call, equal in a repetition
-- linger      ms
-- system      the account's: the one that these messages are made for
-- remembered  ms for which the caller may repeat the call
-- special     "", or JSON: messages     [[index from 1 on, hashed idempotency key or "",
--                                       ms to wait, UNIX ms to wait for, or 0 each; body while it
--                                       waits (letter_body.py), whether it is enqueued anew if the
--                                       message of its key is dead or purged, the contact's next key
--                                       or "", the lane of messages about that or "" if it is this
--                                       one], ...]
--                          parked, parked_body   keys of waiting messages
--                          blocking   key of the messages that block later ones of a contact
--                          streams    beginning of the keys of lanes
--                          dead_body, purged     key of the dead letters; beginning of the keys of
--                                                purged messages
--                          once, window   beginning of the keys of idempotency keys, and for how
--                                         many ms they are known
--                          trace      only where the call is a part of a sampled trace: the line of
--                                     it in the history of each message
--                          key_of, told    only where the application is told what becomes of these
--                                         messages: beginning of the keys under which results find
--                                         a message's idempotency key; index as text -> that key
-- screen      "", or JSON: name   of the suppression list's key
--                          of     {index as text: [hash, ...]}: whom each message is about
-- The arguments from MESSAGES on are two for each message: the entry's field and its payload.
-- Returns a text: "run ID COUNT": all new, each with the next number
--         | "ids ID ID ...": each a new stream id, or the message id that its key stands for; with
--           "dead!" or "purged!" before it where that message is so: the new one is not enqueued;
--           or "suppressed!" for a message that is not enqueued, for its contact is suppressed
--         | "made SYSTEM BACKLOG": the lane holds messages that were made for another system
--         | "screen KEY": there is a suppression list, and the call lacks hashes by its key
--         | "full BACKLOG" | "old": this call repeats one before the caller's last
local stream, state, due, lanes, memory = unpack(KEYS)
local lane, call, linger, batch_size, limit, system, remembered, special, screen = unpack(ARGV, 1, 9)
local MESSAGES = 10
-- After so many messages a lane that is due already is made due again, in case `due` lost it.
local REPEAT_DUE = 16
-- For so many ms a result finds the idempotency key of its message.
local KEY_KNOWN = 2592000000
-- Hashes in one command at most: Lua's stack is not endless.
local MOST_HASHES = 1000
-- The fields of a special message.
local KEY, ANEW = 2, 6

-- How long Redis keeps the caller's last call.
local kept = string.format('%.0f', remembered + KEPT)
local last = redis.call('GET', memory)
if last then
  local number, reply = string.match(last, '^(%d+) (.*)$')
  if number == call then
    -- A write, so that a WAIT behind it waits for replicas on this connection too.
    redis.call('PEXPIRE', memory, kept)
    return reply
  elseif tonumber(number) > tonumber(call) then
    return 'old'
  end
end

-- Indexes of the messages whose contact is suppressed.
local barred, some_barred = {}, false
if listed then
  local list = string.match(memory, '^%b{}:') .. 'suppressed'
  screen = screen ~= '' and cjson.decode(screen)
  if not screen or screen.name ~= string.match(listed, '^%x+') then
    local key = redis.call('HGET', list .. ':key', 'key')
    if key then
      return 'screen ' .. key
    end
    screen = {of = {}}
  end
  for index, hashes in pairs(screen.of) do
    for from = 1, #hashes, MOST_HASHES do
      local part = {unpack(hashes, from, math.min(#hashes, from + MOST_HASHES - 1))}
      for _, found in ipairs(redis.call('HMGET', list, unpack(part))) do
        local till = found and tonumber(string.match(found, '^%d+'))
        if till and (till == 0 or till > seen_ms()) then
          barred[tonumber(index)], some_barred = true, true
        end
      end
    end
  end
end

local count = (#ARGV - MESSAGES + 1) / 2
local length = redis.call('XLEN', stream)
local fields = redis.call('HMGET', state, 'parked', 'hold', 'system')
local backlog = length + (tonumber(fields[1]) or 0)
if fields[3] ~= system then
  if fields[3] and backlog > 0 then
    return 'made ' .. fields[3] .. ' ' .. backlog
  end
  redis.call('HSET', state, 'system', system)
end

-- Index -> what is special about that message; index -> the id that its key stands for before this
-- call; index -> the dead letter in whose place it is enqueued anew.
local specials, known, replaced = {}, {}, {}

-- The message id that an idempotency key stands for, marked if that message is dead or purged; nil
-- if it stands for none.
local function stands_for(key)
  local id = redis.call('GET', special.once .. key)
  if not id or string.match(id, '@(%d+)') + special.window <= seen_ms() then
    return nil
  end
  local ended = redis.call('HEXISTS', special.dead_body, id) == 1 and 'dead!'
    or redis.call('EXISTS', special.purged .. id) == 1 and 'purged!'
  return (ended or '') .. id
end

-- Reads what is special, and returns how many messages are new. A key that stands several times in
-- the call counts as it would in calls one after the other.
local function read_special()
  local new, here = count, {}
  for _, one in ipairs(special.messages) do
    local index, key = one[1], one[KEY]
    specials[index] = one
    if key ~= '' then
      local id = not here[key] and stands_for(key)
      if id and one[ANEW] == 1 and string.find(id, '!', 1, true) then
        replaced[index] = string.match(id, '^dead!(.*)$')
        id = nil
      end
      known[index] = id or nil
      new = (here[key] or id) and new - 1 or new
      here[key] = here[key] or not id
    end
  end
  return new
end

local new, now = count, (special ~= '' or some_barred) and now_ms()
if special ~= '' then
  special = cjson.decode(special)
  new = read_special()
end
local turned_away = 0
for index in pairs(barred) do
  if not known[index] then
    new, turned_away = new - 1, turned_away + 1
  end
end
if new > 0 and backlog + new > tonumber(limit) then
  return 'full ' .. backlog
end

-- What a message of a sampled trace carries: the trace is the first thing that it has been through.
local function meta_of(id)
  return cjson.encode({id = lane .. '@' .. id, history = {{now, special.trace}}})
end

-- Appends a message. One of a sampled trace holds its own id, which so has to be known before.
local function append(field, payload)
  if special == '' or not special.trace then
    return add(stream, field, payload)
  end
  local id = coming_id(stream)
  local ms, number = string.match(id, '^(%d+)-(%d+)$')
  if tonumber(number) >= PER_MILLI then
    id = string.format('%.0f-0', ms + 1)
  end
  return redis.call('XADD', stream, id, field, payload, 'meta', meta_of(id))
end

-- Appends a message after which its contact has another key. Its id is newer than those of the
-- other lane, where messages about that key may be, and older than those that follow there.
local function append_change(field, payload, other)
  local newest = add(other, '', '')
  redis.call('XDEL', other, newest)
  local more = special.trace and {'meta', meta_of(newest)} or {}
  local id = redis.pcall('XADD', stream, newest, field, payload, unpack(more))
  if type(id) == 'table' then -- this lane is ahead of the other one
    id = append(field, payload)
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

-- Parks the message until then: its id is one of the lane's, and it is not in the lane. The body says
-- the time too, where the sorted set is lost (worker/store/lua/find_times.lua), and the trace.
local function park(id, at, body)
  redis.call('XDEL', stream, id)
  id = lane .. '@' .. id
  redis.call('ZADD', special.parked, string.format('%.0f', at), parked_member(id))
  redis.call('HSET', special.parked_body, id,
    string.format('%s,"at":%.0f%s}', string.sub(body, 1, -2), at,
      special.trace and string.format(',"trace":"%s"', special.trace) or ''))
  waiting = waiting + 1
end

-- Notes in a dead letter as what it was sent anew: its replay would send it a second time.
local function note_anew(letter, id)
  local body = redis.call('HGET', special.dead_body, letter)
  if body and string.sub(body, -1) == '}' then
    body = string.format('%s,"anew":"%s"}', string.sub(body, 1, -2), id)
    redis.call('HSET', special.dead_body, letter, body)
  end
end

if special == '' and not some_barred then
  for index = 1, count do
    local at = MESSAGES + 2 * (index - 1)
    ids[index] = add(stream, ARGV[at], ARGV[at + 1])
  end
  accepted = count
else
  local here = {}
  for index = 1, count do
    local _, key, wait, moment, body, _, next_contact, other =
      unpack(specials[index] or {index, '', 0, 0, '', 0, '', ''})
    -- A key that stands twice in this call is known the second time.
    ids[index] = known[index] or here[key] or (barred[index] and 'suppressed!') or nil
    if not ids[index] then
      local at, due_at = MESSAGES + 2 * (index - 1), now + wait
      if moment > 0 then
        due_at = moment + shift
      end
      local later = due_at > now
      if other ~= '' and not later then
        ids[index] = append_change(ARGV[at], ARGV[at + 1], special.streams .. other)
      else
        ids[index] = later and add(stream, ARGV[at], '') or append(ARGV[at], ARGV[at + 1])
      end
      if next_contact ~= '' and not later then
        redis.call('ZADD', special.blocking, 0, next_contact .. '\t' .. lane .. '@' .. ids[index])
      end
      accepted = accepted + 1
      if later then
        park(ids[index], due_at, body)
      end
      if key ~= '' then
        here[key] = lane .. '@' .. ids[index]
        if replaced[index] then
          note_anew(replaced[index], here[key])
        end
        redis.call('SET', special.once .. key, here[key],
          'PX', string.format('%.0f', special.window + KEPT))
        if special.told then
          redis.call('SET', special.key_of .. here[key], special.told[tostring(index)],
            'PX', string.format('%.0f', KEY_KNOWN + KEPT))
        end
      end
    end
  end
end

if length == 0 then
  redis.call('SADD', lanes, lane)
end
if turned_away > 0 then
  redis.call('HINCRBY', state, 'suppressed', turned_away)
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
  redis.call('ZADD', due, 'LT', is_batch and now_ms() or sound_ms() + linger, lane)
end

local function are_in_a_row()
  local ms, number = string.match(ids[1], '^(%d+)-(%d+)$')
  return ids[count] == ms .. '-' .. number + count - 1
end

local reply
if special == '' and not some_barred and (count == 1 or are_in_a_row()) then
  reply = 'run ' .. ids[1] .. ' ' .. count
else
  reply = 'ids ' .. table.concat(ids, ' ')
end
redis.call('SET', memory, call .. ' ' .. reply, 'PX', kept)
return reply
