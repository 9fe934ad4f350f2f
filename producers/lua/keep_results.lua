-- Keeps the results that a consumer was given and has not acknowledged: its time begins anew.
--
-- count   how many it has at most
-- to      "", or the consumer to which it gives them back, because it ends; from that one anybody
--         takes them at once
-- idle    ms after which a consumer that does not acknowledge is taken to be gone
-- Returns the stream ids of those that it still had: others were given to somebody else
local stream = unpack(KEYS)
local group, consumer, count, to, idle = unpack(ARGV)

local pending = redis.pcall('XPENDING', stream, group, '-', '+', count, consumer)
if pending.err then
  return {} -- the group was deleted
end
local ids = {}
for index, one in ipairs(pending) do
  ids[index] = one[1]
  local owner, since = to ~= '' and to or consumer, to ~= '' and idle or 0
  redis.call('XCLAIM', stream, group, owner, 0, one[1], 'IDLE', since, 'JUSTID')
end
if to ~= '' then
  redis.call('XGROUP', 'DELCONSUMER', stream, group, consumer)
end
return ids
