-- Keeps the results that a consumer was given and has not acknowledged: its time begins anew.
--
-- count   how many it has at most
-- to      "", or the consumer to which it gives them back, because it ends; from that one anybody
--         takes them at once
-- Returns the stream ids of those that it still had: others were given to somebody else
local stream = unpack(KEYS)
local group, consumer, count, to = unpack(ARGV)
-- For so many ms nobody has had what is given back: longer than any consumer waits.
local LONG = 100000000000

local pending = redis.pcall('XPENDING', stream, group, '-', '+', count, consumer)
if pending.err then
  return {} -- the group was deleted
end
local ids = {}
for index, one in ipairs(pending) do
  ids[index] = one[1]
  local owner, since = to ~= '' and to or consumer, to ~= '' and LONG or 0
  redis.call('XCLAIM', stream, group, owner, 0, one[1], 'IDLE', since, 'JUSTID')
end
if to ~= '' then
  redis.call('XGROUP', 'DELCONSUMER', stream, group, consumer)
end
return ids
