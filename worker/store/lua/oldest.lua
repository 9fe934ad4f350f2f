-- The stream id of the oldest message of each lane (the keys), without the message; "" for none.
local ids = {}

for index, stream in ipairs(KEYS) do
  local oldest = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
  ids[index] = oldest and oldest[1] or ''
end
return ids
