-- Begins the trouble that a group has lost results, unless it has told of as many.
--
-- group    its name
-- lost     how many it has lost in all
-- what     JSON: the trouble, as `begin_trouble` of trouble.lua takes it
-- start    beginning of every key
-- Returns whether it begins, or goes on
local numbers = unpack(KEYS)
local group, lost, what, start = unpack(ARGV)

local noted = tonumber(redis.call('HGET', numbers, 'noted:' .. group) or 0)
local more = tonumber(lost) - noted
if more <= 0 then
  return 0
end
redis.call('HSET', numbers, 'noted:' .. group, lost)
what = cjson.decode(what)
what.messages = more
begin_trouble(start, now_ms(), what)
return 1
