-- Deletes results, and remembers their numbers: a group that has not read them has lost nothing.
--
-- act   field of the erasure that counts them
-- The arguments from RESULTS on are two for each: stream id, number
-- Returns how many
local results, erased, act = unpack(KEYS)
local place = unpack(ARGV)
local RESULTS = 2

local done = 0
for at = RESULTS, #ARGV, 2 do
  if redis.call('XDEL', results, ARGV[at]) == 1 then
    redis.call('ZADD', erased, ARGV[at + 1], ARGV[at])
    done = done + 1
  end
end
if done > 0 then
  redis.call('HINCRBY', act, place, done)
end
return done
