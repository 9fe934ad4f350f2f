-- Takes the news of troubles that are to be told now. News of one kind and group (the account and
-- operation of the scope) is told once in a window; what comes within it is counted, and the last of
-- it is told when the window is over, with how many more there were.
--
-- window   ms
-- most     news looked at in one call
-- Returns JSON of each, with `more`
local news, told = unpack(KEYS)
local window, most = unpack(ARGV)

local now, lines = now_ms(), {}

local function tell(group, item, more)
  item.more = more
  lines[#lines + 1] = cjson.encode(item)
  redis.call('HSET', told, group, cjson.encode({at = now, more = 0}))
end

local function group_of(item)
  local operation = string.match(item.scope, '^[^:]*:[^:]*') or item.scope
  return item.event .. ' ' .. item.kind .. ' ' .. operation
end

for _, text in ipairs(redis.call('LRANGE', news, 0, tonumber(most) - 1)) do
  local item = cjson.decode(text)
  local group = group_of(item)
  local before = redis.call('HGET', told, group)
  before = before and cjson.decode(before)
  if before and now - before.at < tonumber(window) then
    before.more, before.last = before.more + 1, item
    redis.call('HSET', told, group, cjson.encode(before))
  else
    tell(group, item, before and before.more or 0)
  end
end
redis.call('LTRIM', news, most, -1)

local groups = redis.call('HGETALL', told)
for index = 1, #groups, 2 do
  local group, before = groups[index], cjson.decode(groups[index + 1])
  if now - before.at >= tonumber(window) then
    if before.last then
      tell(group, before.last, before.more - 1)
    else
      redis.call('HDEL', told, group)
    end
  end
end
return lines
