-- Keeps the results that a consumer was given and has not acknowledged: its time begins anew.
--
-- count   how many it has at most
-- to      "", or the consumer to which it gives them back, because it ends; from that one anybody
--         takes them at once
-- Returns the stream ids of those that it still had: others were given to somebody else
local stream, seen = unpack(KEYS)
local group, consumer, count, to = unpack(ARGV)

local pending = redis.pcall('XPENDING', stream, group, '-', '+', count, consumer)
if pending.err then
  return {} -- the group was deleted
end
local now = times(seen)
local ids = {}
for index, one in ipairs(pending) do
  ids[index] = one[1]
  if to ~= '' then
    redis.call('XCLAIM', stream, group, to, 0, one[1], 'JUSTID')
  end
end
if to ~= '' then
  redis.call('XGROUP', 'DELCONSUMER', stream, group, consumer)
  redis.call('HDEL', seen, consumer)
else
  note_seen(seen, consumer, string.format('%.0f', now))
end
return ids
