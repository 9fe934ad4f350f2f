-- Deletes dead letters for good. It frees memory before it takes any, so it works on a full server.
--
-- known   ms for which an idempotency key may stand for a message: meanwhile it is remembered that
--         the message was purged
-- told    JSON: lanes    {account:operation: whether the application is told of its messages}
--               length   as results.lua takes it; or "": it is told of none
-- bulk    as replay.lua takes it
-- The arguments from IDS on are the message ids.
-- Returns how many were deleted; a message that is no dead letter any more is passed over
--         | false: the bulk act is stopped, or another worker's
local dead, dead_body, journal, act, act_ids, act_open = unpack(KEYS)
local start, known, told, bulk = unpack(ARGV, 1, 4)
local IDS = 5

bulk = bulk ~= '' and cjson.decode(bulk)
if bulk and not bulk_goes_on(act, bulk.token, 'running') then
  return false
end
local died_until = bulk_until(bulk, act)

local now, by_lane, done, rows = sound_ms(), {}, 0, {}
told = told ~= '' and cjson.decode(told)

-- A key that is set when a message is accepted is known for `known` ms from then on.
local function remember(id)
  local left = tonumber(string.match(id, '@(%d+)%-%d+$') or 0) + known - now
  if left > 0 then
    redis.call('SET', start .. 'purged:' .. id, 1, 'PX', string.format('%.0f', left + KEPT))
  end
end

local function note_result(id, letter)
  local account, operation = string.match(letter.lane, '^([^:]*):([^:]*)')
  if told and told.lanes[account .. ':' .. operation] then
    local is_another, options = pcall(cjson.decode, letter.options)
    operation = is_another and type(options) == 'table' and options.op or operation
    rows[#rows + 1] = {id, operation, 'purged', letter.contact, letter.reason, letter.detail}
  end
end

-- The letter of a body; nil where it cannot be read.
local function read(body)
  local is_json, letter = pcall(cjson.decode, body)
  if not is_json or type(letter) ~= 'table' then
    return nil
  end
  for _, field in ipairs({'lane', 'reason', 'detail', 'contact', 'options'}) do
    if type(letter[field]) ~= 'string' then
      return nil
    end
  end
  return is_lane(letter.lane) and letter or nil
end

for at = IDS, #ARGV do
  local id = ARGV[at]
  local body = redis.call('HGET', dead_body, id)
  if body and bulk_holds(died_until, dead, id) then
    local letter = read(body)
    local lane = letter and letter.lane or string.match(id, '^(.*)@') or ''
    if letter then
      note_result(id, letter)
    end
    redis.call('ZREM', dead, id)
    redis.call('HDEL', dead_body, id)
    remember(id)
    done = done + 1
    if is_lane(lane) then
      by_lane[lane] = by_lane[lane] or {}
      if letter then
        redis.call('HINCRBY', start .. 'state:' .. lane, 'dead_' .. letter.reason, -1)
      end
      table.insert(by_lane[lane], id)
    end
  end
end
if #rows > 0 then
  tell_results({length = told.length, rows = rows})
end
for lane, ids in pairs(by_lane) do
  local state = start .. 'state:' .. lane
  -- Nobody knows the reason of an unreadable letter: without the last letter the counters by reason
  -- begin anew.
  if redis.call('HINCRBY', state, 'dead', -#ids) == 0 then
    local fields = redis.call('HKEYS', state)
    for _, field in ipairs(fields) do
      if string.sub(field, 1, 5) == 'dead_' then
        redis.call('HDEL', state, field)
      end
    end
  end
  redis.call('HINCRBY', start .. 'state:' .. lane, 'purged', #ids)
  add_line(journal, 'lane', lane, 'act', 'purged', 'ids', cjson.encode(ids))
end
if bulk then
  bulk_settle(act, act_ids, act_open, bulk, done, 0)
end
return done
