-- Settles a batch: cuts it off its lane, parks, gives up on, counts, notes, and says what is next.
-- All or nothing, and only while the lease is the caller's. It frees memory before it takes any,
-- so that it works on a full server.
--
-- KEYS  1 lane stream   2 lane state   3 due   4 parked   5 parked bodies   6 dead   7 dead bodies
--       8 journal       9 paused      10 breaker          11 lanes   12 jobs  13 job bodies
--      14 parked by contact                      15 parked and blocking
-- ARGV  1 lane name     2 token; a repeat with the same token, for an answer that was lost,
--                         changes nothing and answers the same
--       3 JSON: trim      stream id: everything before it is settled; or ""
--               remove    stream ids settled beyond the first that stays
--               park      [[message id, UNIX ms, body JSON, contact key, whether nothing later of
--                         the contact may pass it], ...]
--               behind    the same, for just behind the last of the contact's that is parked in
--                         this lane; at the UNIX ms if none is
--               arrived   [contact key, tab, message id]: those that were parked before, and are not
--                         any more
--               dead      [[message id, UNIX ms, body JSON], ...]
--               jobs      [[job, UNIX ms of the first question, body], ...]
--               api_ids   [[key, the API's own id of what it made of a message, seconds], ...]
--               count     {counter of the lane's state: by how much}
--               journal   [field, value, ...]
--               sending   what stays in doubt (claim.lua), as JSON text; or ""
--               error     words, or absent when the destination answered
--               pause     {account, operation or lane, reason}, or absent
--               breaker   {answered, failed, and the limits of breaker.lua}
--               flood     {seen, rejected, share, least, window in ms}
--       4 "go on" | "leave" | "back off" (a failure) | "wait" (none)
--       5 lease, ms (go on) | delay until the next try, ms (back off, wait)
--       6 batch size      7 linger, ms   8 entries the journal keeps, about
--       9 token to go on with            10 key prefix
-- Returns {"next", how many are parked and blocking} the lease is kept and a batch is ready
--         | {"left", waiting} | {"fenced"}

local lane = ARGV[1]
local state = redis.call('HMGET', KEYS[2], 'token', 'settled')
if state[2] == ARGV[2] then
  return state[1] == ARGV[9] and {'next', redis.call('ZCARD', KEYS[15])}
    or {'left', redis.call('XLEN', KEYS[1])}
elseif state[1] ~= ARGV[2] then
  return {'fenced'}
end
local change = cjson.decode(ARGV[3])
local now = now_ms()

if change.trim ~= '' then
  redis.call('XTRIM', KEYS[1], 'MINID', '=', change.trim)
end
for _, id in ipairs(change.remove) do
  redis.call('XDEL', KEYS[1], id)
end
for _, member in ipairs(change.arrived) do
  redis.call('ZREM', KEYS[14], member)
  redis.call('ZREM', KEYS[15], member)
end
local function park(id, at, body, contact, blocks)
  redis.call('ZADD', KEYS[4], at, id)
  redis.call('HSET', KEYS[5], id, body)
  redis.call('ZADD', KEYS[14], 0, contact .. '\t' .. id)
  if blocks then
    redis.call('ZADD', KEYS[15], 0, contact .. '\t' .. id)
  end
end
for _, parked in ipairs(change.park) do
  park(unpack(parked))
end
for _, parked in ipairs(change.behind) do
  local id, at, body, contact, blocks = unpack(parked)
  local from, last = contact .. '\t' .. lane .. '@', nil
  for _, member in ipairs(redis.call('ZRANGEBYLEX', KEYS[14], '[' .. from, '[' .. from .. '\127')) do
    local other = redis.call('ZSCORE', KEYS[4], string.sub(member, #contact + 2))
    last = other and math.max(last or 0, tonumber(other)) or last
  end
  park(id, last and last + 1 or at, body, contact, blocks)
end
for _, job in ipairs(change.jobs) do
  redis.call('ZADD', KEYS[12], job[2], job[1])
  redis.call('HSET', KEYS[13], job[1], job[3])
end
for _, dead in ipairs(change.dead) do
  redis.call('ZADD', KEYS[6], dead[2], dead[1])
  redis.call('HSET', KEYS[7], dead[1], dead[3])
end
for _, api_id in ipairs(change.api_ids) do
  redis.call('SET', api_id[1], api_id[2], 'EX', api_id[3])
end
redis.call('HSET', KEYS[2], 'settled', ARGV[2])
for counter, by in pairs(change.count) do
  redis.call('HINCRBY', KEYS[2], counter, by)
end
if change.sending ~= '' then
  redis.call('HSET', KEYS[2], 'sending', change.sending)
else
  redis.call('HDEL', KEYS[2], 'sending')
end
redis.call('XADD', KEYS[8], 'MAXLEN', '~', ARGV[8], '*', unpack(change.journal))
if change.error then
  redis.call('HSET', KEYS[2], 'error', change.error, 'error_at', now)
end

-- The flood guard: a lane whose messages are mostly rejected is held.
local flood = change.flood
local seen = redis.call('HMGET', KEYS[2], 'flood_start', 'flood_seen', 'flood_rejected')
local start, total, rejected = tonumber(seen[1] or now), tonumber(seen[2] or 0), tonumber(seen[3] or 0)
if now - start > flood.window then
  start, total, rejected = now, 0, 0
end
total, rejected = total + flood.seen, rejected + flood.rejected
if flood.rejected > 0 and total >= flood.least and rejected / total >= flood.share then
  change.pause = {lane, string.format('flood guard: %d of the last %d messages were rejected',
    rejected, total)}
  start, total, rejected = now, 0, 0
end
redis.call('HSET', KEYS[2], 'flood_start', start, 'flood_seen', total, 'flood_rejected', rejected)

-- The breaker: the account's other lanes wait with this one, and go on with it.
local note = change.breaker
local event, open_until = breaker_note(KEYS[10], now, note.answered, note.failed, note)
if event == 'closed' then
  for _, other in ipairs(redis.call('SMEMBERS', KEYS[11])) do
    local other_state = ARGV[10] .. 'state:' .. other
    if string.match(other, '^[^:]*') == string.match(lane, '^[^:]*') and other ~= lane
        and redis.call('HEXISTS', other_state, 'retry_at') == 1 then
      redis.call('HDEL', other_state, 'retry_at')
      redis.call('ZADD', KEYS[3], now, other)
    end
  end
end

if change.pause then
  redis.call('HSET', KEYS[9], change.pause[1], change.pause[2])
end
if is_paused(KEYS[9], lane) then
  hold(KEYS[2], KEYS[3], lane)
  return {'left', redis.call('XLEN', KEYS[1])}
end

if ARGV[4] == 'back off' or ARGV[4] == 'wait' then
  if ARGV[4] == 'back off' then
    redis.call('HINCRBY', KEYS[2], 'attempts', 1)
  end
  local at = math.max(now + tonumber(ARGV[5]), event == 'opened' and open_until or 0)
  hold_until(KEYS[2], KEYS[3], lane, at)
  return {'left', redis.call('XLEN', KEYS[1])}
end

redis.call('HDEL', KEYS[2], 'attempts')
local waiting = redis.call('XLEN', KEYS[1])
if waiting == 0 then
  redis.call('HDEL', KEYS[2], 'hold', 'token', 'until', 'in_flight')
  redis.call('ZREM', KEYS[3], lane)
  return {'left', 0}
end

local ready_at = now
if waiting < tonumber(ARGV[6]) then
  local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1][1]
  ready_at = tonumber(string.match(oldest, '^%d+')) + tonumber(ARGV[7])
end
if ARGV[4] == 'go on' and ready_at <= now then
  local lease_end = now + tonumber(ARGV[5])
  redis.call('HSET', KEYS[2], 'token', ARGV[9], 'until', lease_end,
    'in_flight', math.min(waiting, tonumber(ARGV[6])))
  redis.call('ZADD', KEYS[3], lease_end, lane)
  return {'next', redis.call('ZCARD', KEYS[15])}
end
redis.call('HDEL', KEYS[2], 'hold', 'token', 'until', 'in_flight')
redis.call('ZADD', KEYS[3], ready_at, lane)
return {'left', waiting}
