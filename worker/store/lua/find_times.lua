-- Gives a time again to what has lost it: parked messages, open jobs or dead letters whose bodies are
-- there, and that are not in the sorted set beside them. They are due at once; a message that was
-- delayed when it was enqueued, when its body says.
--
-- cursors   hash, name -> where the next call goes on in the bodies (HSCAN)
-- name      "parked", "jobs" or "dead"
-- Returns {how many, whether the end of the bodies is reached}
local times, bodies, cursors = unpack(KEYS)
local name = unpack(ARGV)

-- Bodies and bytes of them after which a call ends: it blocks the server.
local MOST, MOST_BYTES, PAGE = 2000, 8000000, 10

local now = sound_ms()
local seen, bytes, found = 0, 0, 0
local cursor = redis.call('HGET', cursors, name) or '0'

local function due_at(body)
  return name == 'parked' and tonumber(string.match(body, '"at":(%d+)}$')) or now
end

repeat
  local page = redis.call('HSCAN', bodies, cursor, 'COUNT', PAGE)
  cursor = page[1]
  for at = 1, #page[2], 2 do
    local id, body = page[2][at], page[2][at + 1]
    local member = name == 'parked' and parked_member(id) or id
    seen, bytes = seen + 1, bytes + #body
    if not redis.call('ZSCORE', times, member) then
      redis.call('ZADD', times, string.format('%.0f', due_at(body)), member)
      found = found + 1
    end
  end
until cursor == '0' or seen >= MOST or bytes >= MOST_BYTES
if cursor == '0' then
  redis.call('HDEL', cursors, name)
else
  redis.call('HSET', cursors, name, cursor)
end
return {found, cursor == '0' and 1 or 0}
