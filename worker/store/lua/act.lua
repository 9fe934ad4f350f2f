-- Adds a line to the stream of the acts of people.
--
-- length   lines that are kept at most, about
-- The arguments from FIELDS on are fields and values of the line.
-- Returns its id
local acts = unpack(KEYS)
local length = unpack(ARGV)
local FIELDS = 2

return redis.call('XADD', acts, 'MAXLEN', '~', length, next_id(acts), unpack(ARGV, FIELDS))
