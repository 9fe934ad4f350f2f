-- Erases messages outside their lanes, or replaces their bodies: parked ones, or dead letters.
--
-- counter   "parked" | "dead"
-- known     ms for which an idempotency key may stand for a message
-- told      JSON as purge.lua takes it; or ""
-- act       field of the erasure that counts them
-- The arguments from MESSAGES on are five for each message: message id, operation, SHA-1 (hex) of the
--           body as it was read, what is to be taken out of the sets by contact (JSON), and the body
--           that takes its place; or ""
-- Returns how many; one that was changed or taken meanwhile is passed over
local members, bodies, journal, act = unpack(KEYS)
local counter, known, told, place = unpack(ARGV, 1, 4)
local MESSAGES = 5

local now, start = sound_ms(), string.match(members, '^%b{}:')
local by_lane, rows, done = {}, {}, 0
told = told ~= '' and cjson.decode(told)
for at = MESSAGES, #ARGV, 5 do
  local id, operation, as_read, contacts, replacement = unpack(ARGV, at, at + 4)
  local body = redis.call('HGET', bodies, id)
  if body and redis.sha1hex(body) == as_read then
    done = done + 1
    if replacement ~= '' then
      redis.call('HSET', bodies, id, replacement)
    else
      local message = cjson.decode(body)
      local lane = message.lane
      local account, of_lane = string.match(lane, '^([^:]*):([^:]*)')
      redis.call('ZREM', members, counter == 'parked' and parked_member(id) or id)
      redis.call('HDEL', bodies, id)
      for _, member in ipairs(cjson.decode(contacts)) do
        redis.call('ZREM', start .. 'parked:contacts:' .. account, member)
        redis.call('ZREM', start .. 'parked:blocking:' .. account, member)
      end
      local state = start .. 'state:' .. lane
      add_to(state, counter, -1)
      local by_reason = counter .. '_' .. (message.reason or '')
      if (tonumber(redis.call('HGET', state, by_reason)) or 0) > 0 then
        add_to(state, by_reason, -1)
      end
      add_to(state, 'erased', 1)
      erase_traces(start, id, known, now)
      by_lane[lane] = by_lane[lane] or {}
      table.insert(by_lane[lane], id)
      if told and told.lanes[account .. ':' .. of_lane] then
        rows[#rows + 1] = {id, operation, 'erased', '', '', ''}
      end
    end
  end
end
if #rows > 0 then
  tell_results({length = told.length, rows = rows})
end
if done > 0 then
  redis.call('HINCRBY', act, place, done)
end
for lane, ids in pairs(by_lane) do
  add_line(journal, 'lane', lane, 'act', 'erased', 'ids', cjson.encode(ids))
end
return done
