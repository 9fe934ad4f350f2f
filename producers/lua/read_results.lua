-- Gives a consumer of a group its next results, and remembers that it has them until it
-- acknowledges them (XACK). First come those of consumers that are gone.
--
-- group, consumer   names; a new group begins with the oldest result that is kept
-- count             how many results at most
-- idle              ms after which a consumer that does not acknowledge is taken to be gone
-- Returns {[stream id, [field, value, ...]] of each result, how many results the group has lost in
--         all, of how many of them somebody has told, last stream id}. A result is lost where the
--         stream was cut before the group had read, or acknowledged, it.
local stream, numbers = unpack(KEYS)
local group, consumer, count, idle = unpack(ARGV)
local READ, LOST, TOLD = 'read:' .. group, 'lost:' .. group, 'told:' .. group
count, idle = tonumber(count), tonumber(idle)

-- A write comes first: a full server refuses it, and then nothing has been read.
redis.call('HINCRBY', numbers, LOST, 0)

local lost, entries = 0, {}

-- Makes the group, which has lost nothing yet; one whose stream was deleted goes on.
local function make_group()
  redis.call('XGROUP', 'CREATE', stream, group, 0, 'MKSTREAM')
  if redis.call('HEXISTS', numbers, READ) == 0 then
    local first = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
    local written = tonumber(redis.call('HGET', numbers, 'written') or 0)
    redis.call('HSET', numbers, READ, first and first[2][2] - 1 or written)
  end
end

-- Deletes the consumers that are gone and have nothing left.
local function tidy(consumers)
  for _, info in ipairs(consumers) do
    local one = {}
    for at = 1, #info, 2 do
      one[info[at]] = info[at + 1]
    end
    if one.pending == 0 and one.idle >= idle and one.name ~= consumer then
      redis.call('XGROUP', 'DELCONSUMER', stream, group, one.name)
    end
  end
end

-- Takes the results of consumers that are gone.
local function claim()
  local cursor = '0-0'
  repeat
    local reply = redis.call('XAUTOCLAIM', stream, group, consumer, idle, cursor, 'COUNT',
      count - #entries, 'JUSTID')
    cursor = reply[1]
    for _, id in ipairs(reply[2]) do
      local entry = redis.call('XRANGE', stream, id, id)[1]
      if entry then
        entries[#entries + 1] = entry
      else -- before Redis 7
        lost = lost + redis.call('XACK', stream, group, id)
      end
    end
    lost = lost + #(reply[3] or {})
  until cursor == '0-0' or #entries >= count
end

local function read_new()
  local reply = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', count - #entries,
    'STREAMS', stream, '>')
  local new = reply and reply[1][2] or {}
  if #new == 0 then
    return
  end
  local first, last = tonumber(new[1][2][2]), new[#new][2][2]
  local before = tonumber(redis.call('HGET', numbers, READ) or first - 1)
  lost = lost + math.max(0, first - before - 1)
  redis.call('HSET', numbers, READ, last)
  for _, entry in ipairs(new) do
    entries[#entries + 1] = entry
  end
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
else
  tidy(consumers)
end
claim()
if #entries < count then
  read_new()
end
lost = redis.call('HINCRBY', numbers, LOST, lost)
return {entries, lost, tonumber(redis.call('HGET', numbers, TOLD) or 0), last_id()}
