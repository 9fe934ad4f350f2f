-- Ends a job: its invalid messages become dead letters, and messages that are parked for its
-- contacts go on. A job that has ended already is not changed.
--
-- result   JSON: messages   how many the job holds
--                confirmed  false when the job is given up on
--                dead       [[message id, body JSON], ...]
--                merged     how many of the dead were merged into another message's item
--                contacts   [contact key, ...] whose parked messages are released
--                results    what the application is told (results.lua), or absent
-- as_read  SHA-1 (hex) of the job's body as it was read
-- Returns 1; 0 when the job had ended; 2 when messages were taken out of it since it was read
local jobs, jobs_body, dead, dead_body, state, parked, parked_by_contact, journal, dispatched, asked = unpack(KEYS)
local job, lane, result, as_read = unpack(ARGV)

local now = sound_ms()

-- The ids of a contact's parked messages, in the order in which they were accepted; the set has
-- them in alphabetical order.
local function parked_of(contact)
  local from, to = '[' .. contact .. '\t', '[' .. contact .. '\t\255'
  local found = {}
  for _, member in ipairs(redis.call('ZRANGEBYLEX', parked_by_contact, from, to)) do
    local id = string.match(member, '\t(.*)$')
    local ms, number = string.match(id, '@(%d+)%-(%d+)$')
    found[#found + 1] = {tonumber(ms), tonumber(number), id}
  end
  table.sort(found, function(one, other)
    if one[1] ~= other[1] then
      return one[1] < other[1]
    end
    return one[2] < other[2]
  end)
  local ids = {}
  for index, one in ipairs(found) do
    ids[index] = one[3]
  end
  return ids
end

local stored = redis.call('HGET', jobs_body, job)
if not stored then
  return 0
elseif redis.sha1hex(stored) ~= as_read then
  return 2
end
redis.call('HDEL', jobs_body, job)
redis.call('ZREM', jobs, job)
redis.call('HDEL', dispatched, job)
redis.call('HDEL', asked, job)
result = cjson.decode(result)
for _, message in ipairs(result.dead) do
  redis.call('ZADD', dead, now, message[1])
  redis.call('HSET', dead_body, message[1], message[2])
end
local died = #result.dead
add_to(state, 'confirming', -result.messages)
add_to(state, result.confirmed and 'confirmed' or 'unconfirmed',
  result.messages - died)
if died > 0 then
  add_to(state, 'delivered', -died)
  add_to(state, 'merged', -result.merged)
  add_to(state, 'dead', died)
  add_to(state, 'died', died)
  add_to(state, 'dead_invalid', died)
  add_to(state, 'died_invalid', died)
  add_to(state, 'unmerged', result.merged)
end
for _, contact in ipairs(result.contacts) do
  for index, id in ipairs(parked_of(contact)) do
    redis.call('ZADD', parked, 'XX', index, parked_member(id))
  end
end
if result.results then
  tell_results(result.results)
end
add_line(journal, 'lane', lane, 'act',
  result.confirmed and 'confirmed' or 'unconfirmed', 'job', job,
  'messages', result.messages, 'dead', died)
return 1
