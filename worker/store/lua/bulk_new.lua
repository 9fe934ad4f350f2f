-- Orders a bulk act on dead letters; a worker counts them next.
--
-- name     of the act
-- newer, older   ms: the letters died within the last so many, or longer ago; "": any
-- start    beginning of every key
-- kept     how many acts are remembered; of more, the oldest that have ended are forgotten
-- The arguments from FIELDS on are fields and values of the act (bulk_take.lua).
-- Returns 1, or 0 when there is an act of that name
local acts, open, act = unpack(KEYS)
local name, newer, older, start, kept = unpack(ARGV, 1, 5)
local FIELDS = 6

if redis.call('EXISTS', act) == 1 then
  return 0
end
local function text(number)
  return string.format('%.0f', number)
end

local now = sound_ms()
local from = newer ~= '' and text(now - newer) or '-inf'
local to = now - (older ~= '' and tonumber(older) or 0)
redis.call('HSET', act, 'name', name, 'state', 'counting', 'ordered', text(now), 'died_from', from,
  'died_until', text(to), 'cursor', from, unpack(ARGV, FIELDS))
redis.call('ZADD', acts, text(now), name)
redis.call('SADD', open, name)

for _, old in ipairs(redis.call('ZRANGE', acts, 0, -1 - tonumber(kept))) do
  local key, ids = start .. 'bulk:act:' .. old, start .. 'bulk:ids:' .. old
  local state = redis.call('HGET', key, 'state')
  local was_left = state == 'counted' and redis.call('EXISTS', ids) == 0
  if not state or state == 'done' or state == 'stopped' or was_left then
    redis.call('DEL', key, ids)
    redis.call('ZREM', acts, old)
  end
end
return 1
