-- Gives a consumer of a group its next results, and remembers that it has them until it
-- acknowledges them (XACK). First come those of consumers that are gone.
--
-- group, consumer   names; a new group begins with the oldest result that is kept
-- count             how many results at most
-- idle              ms after which a consumer that is not seen is taken to be gone
-- returned          the consumer to which others give back what they have when they end
-- Returns {[stream id, [field, value, ...]] of each result, how many results the group has lost in
--         all, of how many of them somebody has told, last stream id}. A result is lost where the
--         stream was cut before the group had read, or acknowledged, it.
local stream, numbers, seen = unpack(KEYS)
local group, consumer, count, idle, returned = unpack(ARGV)
local READ, LOST, TOLD = 'read:' .. group, 'lost:' .. group, 'told:' .. group
count, idle = tonumber(count), tonumber(idle)

-- A write comes first: a full server refuses it, and then nothing has been read.
redis.call('HINCRBY', numbers, LOST, 0)

local lost, entries = 0, {}

-- The number of a result; nil for an entry that somebody else wrote.
local function number_of(entry)
  return entry[2][1] == 'number' and tonumber(entry[2][2]) or nil
end

-- The first number among the entries, from the first one on or from the last one back.
local function number_among(found, from, to, step)
  for at = from, to, step do
    local number = number_of(found[at])
    if number then
      return number
    end
  end
end

-- Makes the group, which has lost nothing yet; one whose stream was deleted goes on.
local function make_group()
  redis.call('XGROUP', 'CREATE', stream, group, 0, 'MKSTREAM')
  if redis.call('HEXISTS', numbers, READ) == 0 then
    local oldest = redis.call('XRANGE', stream, '-', '+', 'COUNT', count)
    local first = number_among(oldest, 1, #oldest, 1)
    local written = tonumber(redis.call('HGET', numbers, 'written') or 0)
    redis.call('HSET', numbers, READ, first and first - 1 or written)
  end
end

-- The other consumers that are gone: those that gave back what they had, and those that were not
-- seen for `idle`. One that an older release made is seen now.
local function find_gone(consumers)
  local now, since = times(seen)
  note_seen(seen, consumer, string.format('%.0f', now))
  local gone = {}
  for _, info in ipairs(consumers) do
    local one = {}
    for at = 1, #info, 2 do
      one[info[at]] = info[at + 1]
    end
    local last = tonumber(redis.call('HGET', seen, one.name) or nil)
    if not last or last > now then
      last = now
      note_seen(seen, one.name, string.format('%.0f', now))
    end
    local is_over = one.name == returned or now - math.max(last, since) >= idle
    if one.name ~= consumer and is_over then
      gone[#gone + 1] = one
    end
  end
  return gone
end

-- Whether a stream id is older than another.
local function is_older(one, other)
  local ms, number = string.match(one, '^(%d+)%-(%d+)$')
  local other_ms, other_number = string.match(other, '^(%d+)%-(%d+)$')
  if ms ~= other_ms then
    return tonumber(ms) < tonumber(other_ms)
  end
  return tonumber(number) < tonumber(other_number)
end

-- The ids of results that these consumers have, oldest first, as many as are still wanted.
local function ids_of(gone)
  local ids, wanted = {}, count - #entries
  for _, one in ipairs(gone) do
    if one.pending > 0 then
      for _, item in ipairs(redis.call('XPENDING', stream, group, '-', '+', wanted, one.name)) do
        ids[#ids + 1] = item[1]
      end
    end
  end
  table.sort(ids, is_older)
  return {unpack(ids, 1, math.min(#ids, wanted))}
end

-- Takes the results of consumers that are gone, and deletes those that have nothing left.
local function claim(gone)
  repeat
    local ids = ids_of(gone)
    for _, id in ipairs(ids) do
      local entry = redis.call('XRANGE', stream, id, id)[1]
      if entry then
        redis.call('XCLAIM', stream, group, consumer, 0, id, 'JUSTID')
        entries[#entries + 1] = entry
      else
        local acknowledged = redis.call('XACK', stream, group, id)
        if not redis.call('ZSCORE', stream .. ':erased', id) then
          lost = lost + acknowledged
        end
      end
    end
  until #ids == 0 or #entries >= count
  for _, one in ipairs(gone) do
    if #redis.call('XPENDING', stream, group, '-', '+', 1, one.name) == 0 then
      redis.call('XGROUP', 'DELCONSUMER', stream, group, one.name)
      redis.call('HDEL', seen, one.name)
    end
  end
end

local function read_new()
  local reply = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', count - #entries,
    'STREAMS', stream, '>')
  local new = reply and reply[1][2] or {}
  if #new == 0 then
    return
  end
  for _, entry in ipairs(new) do
    entries[#entries + 1] = entry
  end
  local first, last = number_among(new, 1, #new, 1), number_among(new, #new, 1, -1)
  if not first then
    return
  end
  local before = tonumber(redis.call('HGET', numbers, READ) or first - 1)
  local missing = math.max(0, first - before - 1)
  if missing > 0 then
    missing = missing - redis.call('ZCOUNT', stream .. ':erased', before + 1, first - 1)
  end
  lost = lost + missing
  redis.call('HSET', numbers, READ, last)
end

local function last_id()
  local info = redis.call('XINFO', 'STREAM', stream)
  for at = 1, #info, 2 do
    if info[at] == 'last-generated-id' then
      return info[at + 1]
    end
  end
end

local consumers = redis.pcall('XINFO', 'CONSUMERS', stream, group)
if consumers.err then
  make_group()
  consumers = {}
end
claim(find_gone(consumers))
if #entries < count then
  read_new()
end
lost = redis.call('HINCRBY', numbers, LOST, lost)
return {entries, lost, tonumber(redis.call('HGET', numbers, TOLD) or 0), last_id()}
