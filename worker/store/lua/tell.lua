-- Takes the news of troubles that are to be told now. News of one kind and group (the account and
-- operation of the scope) is told once in a window; what comes within it is counted, and the last of
-- it is told when the window is over, with how many more there were. What was kept of a scope is told
-- before newer news of it: a beginning never follows its end.
--
-- The caller removes `taking` from the hash `telling` when it has told them. News that another has
-- taken, and has not told after `again` ms, is taken once more, unless it is no longer so: a worker may
-- die in between, and others go on.
--
-- window   ms
-- most     news looked at in one call
-- taking   name of this call
-- again    ms
-- Returns JSON of each, with `more`
local news, told, telling, troubles = unpack(KEYS)
local window, most, taking, again = unpack(ARGV)

local now, lines = now_ms(), {}

-- Whether the news is still so: what began lasts, and what ended has not come back.
local function holds(item)
  local lasts = redis.call('HEXISTS', troubles, item.kind .. ' ' .. item.scope) == 1
  return lasts == (item.event == 'began')
end

local others = redis.call('HGETALL', telling)
for index = 1, #others, 2 do
  local taken = cjson.decode(others[index + 1])
  if math.abs(now - taken.at) >= tonumber(again) then
    for _, line in ipairs(taken.lines) do
      if holds(cjson.decode(line)) then
        lines[#lines + 1] = line
      end
    end
    redis.call('HDEL', telling, others[index])
  end
end

-- Whether that was within the window: not if Redis' clock was ahead then.
local function is_lately(at)
  return math.abs(now - at) < tonumber(window)
end

local function group_of(item, event)
  local operation = string.match(item.scope, '^[^:]*:[^:]*') or item.scope
  return (event or item.event) .. ' ' .. item.kind .. ' ' .. operation
end

local function add(group, item, more)
  item.more = more
  lines[#lines + 1] = cjson.encode(item)
  redis.call('HSET', told, group, cjson.encode({at = now, more = 0}))
end

-- `order`: of an item that was kept, when it came; nil: it comes now.
local function tell(group, item, more, order)
  local opposite = group_of(item, item.event == 'began' and 'ended' or 'began')
  local kept = redis.call('HGET', told, opposite)
  kept = kept and cjson.decode(kept)
  if kept and kept.last and kept.last.scope == item.scope and kept.order < (order or math.huge) then
    add(opposite, kept.last, kept.more - 1)
  end
  add(group, item, more)
end

for index, text in ipairs(redis.call('LRANGE', news, 0, tonumber(most) - 1)) do
  local item = cjson.decode(text)
  local group = group_of(item)
  local before = redis.call('HGET', told, group)
  before = before and cjson.decode(before)
  if before and is_lately(before.at) then
    before.more, before.last, before.order = before.more + 1, item, now * 1000 + index
    redis.call('HSET', told, group, cjson.encode(before))
  else
    tell(group, item, before and before.more or 0)
  end
end
redis.call('LTRIM', news, most, -1)

for _, group in ipairs(redis.call('HKEYS', told)) do
  local before = cjson.decode(redis.call('HGET', told, group))
  if not is_lately(before.at) then
    if before.last then
      tell(group, before.last, before.more - 1, before.order)
    else
      redis.call('HDEL', told, group)
    end
  end
end
if #lines > 0 then
  redis.call('HSET', telling, taking, cjson.encode({at = now, lines = lines}))
end
return lines
