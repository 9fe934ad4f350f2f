-- Takes messages out of an open job, which the API has accepted: they stay delivered, and nobody
-- waits for a result of them.
--
-- lane       of the job
-- as_read    SHA-1 (hex) of the job's body as it was read
-- body       the body without them; "": none is left
-- act        field of the erasure that counts them
-- known      ms for which an idempotency key may stand for a message
-- The arguments from IDS on are the ids of the messages
-- Returns how many, or 0 when the job has ended, or was changed
local jobs, jobs_body, state, dispatched, asked, journal, act = unpack(KEYS)
local job, lane, as_read, body, place, known = unpack(ARGV, 1, 6)
local IDS = 7

local stored = redis.call('HGET', jobs_body, job)
if not stored or redis.sha1hex(stored) ~= as_read then
  return 0
end
local now, start = sound_ms(), string.match(jobs, '^%b{}:')
if body == '' then
  redis.call('HDEL', jobs_body, job)
  redis.call('ZREM', jobs, job)
  redis.call('HDEL', dispatched, job)
  redis.call('HDEL', asked, job)
else
  redis.call('HSET', jobs_body, job, body)
end
local ids = {unpack(ARGV, IDS)}
for _, id in ipairs(ids) do
  redis.call('DEL', start .. 'key_of:' .. id, start .. 'api_id:' .. id)
end
add_to(state, 'confirming', -#ids)
add_to(state, 'unconfirmed', #ids)
redis.call('HINCRBY', act, place, #ids)
return #ids
