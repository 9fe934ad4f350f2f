-- Erases messages that wait in a lane, or puts others in their place at its tail. Nothing happens
-- while somebody may be sending: the owner of a lease settles what it has read itself.
--
-- lane      name
-- quiet     ms after which no request can be under way that an owner whose lease is over has sent
-- known     ms for which an idempotency key may stand for a message
-- told      results that are kept, about, if the application is told of the lane; or ""
-- mark      the lane's mark (claim.lua) as it was read
-- act       field of the erasure that counts them
-- The arguments from MESSAGES on are seven for each message: stream id, message id, operation,
--           what is to be taken out of the sets by contact (JSON), and what takes its place: the
--           field of an entry, its payload and its meta, or three times ""
-- Returns {"done", how many} | {"busy", ms} | {"changed"}: the mark is another one
local stream, state, due, parked_by_contact, parked_blocking, journal, act = unpack(KEYS)
local lane, quiet, known, told, mark, place = unpack(ARGV, 1, 6)
local MESSAGES = 7

local now, start = sound_ms(), string.match(stream, '^%b{}:')
local owner, owned_until, overdue, sending =
  unpack(redis.call('HMGET', state, 'token', 'until', 'overdue', 'sending'))
if owner then
  local left = tonumber(owned_until) - seen_ms()
  if left > 0 then
    return {'busy', math.ceil(left)}
  end
  -- As in claim.lua: a lease that is over is no proof that its owner is.
  if sending and overdue ~= owned_until then
    local quiet_at = string.format('%.0f', now + tonumber(quiet))
    redis.call('HSET', state, 'until', quiet_at, 'overdue', quiet_at)
    redis.call('ZADD', due, quiet_at, lane)
    return {'busy', tonumber(quiet)}
  end
  redis.call('HDEL', state, 'token', 'until', 'in_flight')
end
if (sending or '') ~= mark then
  return {'changed'}
end
local ids, rows, done = {}, {}, 0
for at = MESSAGES, #ARGV, 7 do
  local stream_id, id, operation, members, field, payload, meta = unpack(ARGV, at, at + 6)
  if redis.call('XDEL', stream, stream_id) == 1 then
    if field ~= '' then
      add(stream, field, payload, 'meta', meta)
    else
      for _, member in ipairs(cjson.decode(members)) do
        redis.call('ZREM', parked_by_contact, member)
        redis.call('ZREM', parked_blocking, member)
      end
      erase_traces(start, id, known, now)
      ids[#ids + 1] = id
      rows[#rows + 1] = {id, operation, 'erased', '', '', ''}
    end
    done = done + 1
  end
end
if done > 0 then
  -- Who was under suspicion is sought anew: the head is another one.
  redis.call('HDEL', state, 'alone', 'cut', 'suspects', 'others_passed', 'guilty')
  redis.call('HINCRBY', act, place, done)
end
if #ids > 0 then
  redis.call('HINCRBY', state, 'erased', #ids)
  if told ~= '' then
    tell_results({length = tonumber(told), rows = rows})
  end
  add_line(journal, 'lane', lane, 'act', 'erased', 'ids', cjson.encode(ids))
end
return {'done', done}
