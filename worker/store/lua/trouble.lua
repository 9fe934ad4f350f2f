-- Troubles, for the scripts that see them begin and end. Two keys:
--   troubles        hash, "KIND SCOPE" -> JSON {kind, scope, since, last (UNIX ms), times, messages,
--                   lane, detail, told: whether it has been told, trace: of the batch that met it
--                   last, if that is of a sampled trace}
--   troubles:news   list of JSON: such a trouble, with event "began" or "ended", at (UNIX ms),
--                   delivered and followed; tell.lua takes them from there
-- A lane's own trouble is noted in its state too: `trouble` is the kind.

local MOST_NEWS = 1000

local function push_news(start, now, event, trouble)
  local news = start .. 'troubles:news'
  if redis.call('LLEN', news) < MOST_NEWS then
    trouble.event, trouble.at = event, now
    redis.call('RPUSH', news, cjson.encode(trouble))
  end
end

-- `what`: kind, scope, lane, detail, messages, trace or nil; `least`: messages from which on it is told (1), for
-- kinds whose messages are summed up (`adds`).
local function begin_trouble(start, now, what)
  local troubles, name = start .. 'troubles', what.kind .. ' ' .. what.scope
  local known = redis.call('HGET', troubles, name)
  local trouble = known and cjson.decode(known)
    or {kind = what.kind, scope = what.scope, since = now, times = 0, messages = 0, told = false}
  trouble.last, trouble.times = now, trouble.times + 1
  trouble.lane, trouble.detail, trouble.trace = what.lane, what.detail, what.trace
  trouble.messages = what.messages + (what.adds and trouble.messages or 0)
  local begins = not trouble.told and (not what.adds or trouble.messages >= (what.least or 1))
  trouble.told = trouble.told or begins
  redis.call('HSET', troubles, name, cjson.encode(trouble))
  if begins then
    push_news(start, now, 'began', trouble)
  end
end

-- `delivered`: messages that were delivered when it ended; `followed`: the kind that comes next, or
-- nil.
local function end_trouble(start, now, kind, scope, delivered, followed)
  local troubles, name = start .. 'troubles', kind .. ' ' .. scope
  local known = redis.call('HGET', troubles, name)
  if known then
    redis.call('HDEL', troubles, name)
    local trouble = cjson.decode(known)
    trouble.delivered, trouble.followed = delivered, followed
    if trouble.told then
      push_news(start, now, 'ended', trouble)
    end
  end
end

-- Lets the next beginning of this trouble be told at once, though the last was told a moment ago: a
-- person has acted, and waits for what comes of it.
local function tell_again(start, kind, scope)
  local told, operation = start .. 'troubles:told', string.match(scope, '^[^:]*:[^:]*') or scope
  local group = 'began ' .. kind .. ' ' .. operation
  local before = redis.call('HGET', told, group)
  if before and not cjson.decode(before).last then
    redis.call('HDEL', told, group)
  end
end

-- Ends a lane's trouble, and makes its error a past one.
local function end_lane_trouble(start, now, lane, delivered)
  local state = start .. 'state:' .. lane
  local kind, past, at = unpack(redis.call('HMGET', state, 'trouble', 'error', 'error_at'))
  if kind then
    redis.call('HDEL', state, 'trouble')
    end_trouble(start, now, kind, lane, delivered)
  end
  if past then
    redis.call('HSET', state, 'past_error', past, 'past_error_at', at or now)
    redis.call('HDEL', state, 'error', 'error_at')
  end
end

-- A lane has one trouble at a time: another kind of it ends the one before.
local function begin_lane_trouble(start, now, lane, kind, detail, messages, trace)
  local state = start .. 'state:' .. lane
  local before = redis.call('HGET', state, 'trouble')
  if before and before ~= kind then
    end_trouble(start, now, before, lane, 0, kind)
  end
  redis.call('HSET', state, 'trouble', kind)
  begin_trouble(start, now,
    {kind = kind, scope = lane, lane = lane, detail = detail, messages = messages, trace = trace})
end

-- Keeps what is no lane or no message, so that it stops nobody, and tells of it.
local function set_aside(start, now, key, member, value)
  redis.call('HSET', start .. 'set_aside', key .. ' ' .. member, value)
  begin_trouble(start, now, {kind = 'malformed', scope = key, lane = '', messages = 1, adds = true,
    detail = string.sub(string.gsub(member, '[^%w:._@-]', '?'), 1, 80)})
end

-- Sets keys of a lane aside that are of a wrong type, for somebody else wrote there: renamed they
-- stop nobody, and the lane goes on.
local function mend_types(start, now, lane)
  for key, type in pairs({state = 'hash', lane = 'stream'}) do
    local name = start .. key .. ':' .. lane
    local found = redis.call('TYPE', name).ok
    if found ~= type and found ~= 'none' then
      local aside = string.format('%sset_aside:%s:%s:%.0f', start, key, lane, now)
      redis.call('RENAME', name, aside)
      set_aside(start, now, key, lane, aside)
    end
  end
end
