-- Settles a batch: cuts its settled messages off the lane, parks, writes dead letters, counts,
-- writes the journal, and schedules the lane. All or nothing, and only while the caller owns the
-- lease. It frees memory before it takes any, so that it works on a full server.
--
-- token    a repeat with this token, for an answer that was lost, changes nothing and gets that
--          answer
-- change   JSON: trim      stream id: everything before it is settled; or ""
--                remove    stream ids settled beyond the first that stays
--                park      [[message id, ms to wait, body, contact key, whether nothing later of
--                          the contact may pass it], ...]; a body is an index in the arguments from
--                          BODIES on, of JSON or of a job
--                behind    as in `park`, for messages that come back just after the last parked one
--                          of their contact and this lane that is older; after the ms if there is
--                          none
--                arrived   [contact key, tab, message id] of messages that were parked before, and
--                          that are settled now
--                dead      [[message id, body], ...]
--                jobs      [[job, ms until the first question, body], ...]
--                api_ids   [[key, the API's own id for a message, seconds to remember it], ...]
--                count     {counter of the lane's state: by how much}
--                journal   [field, value, ...]
--                sending   the mark of the messages that stay uncertain (claim.lua); "": none;
--                          absent: as it is
--                alone     messages of the head that the next batch sends alone; 0: all
--                cut       messages that the next batch has at most; 0: the operation's
--                suspects, others_passed   who is under suspicion (claim.lua); 0, 0: nobody
--                attempts  failures of the destination in a row
--                error     the last failure, or absent when the destination answered
--                trouble   {kind, detail} of the lane's trouble, or absent (trouble.lua)
--                troubles  [what, ...]: troubles of which this batch is one more, as begin_trouble
--                          of trouble.lua takes them
--                trace     the batch's place in a sampled trace, for its troubles; or absent
--                results   what the application is told (results.lua), or absent
--                requests  {how many are kept, [body, ...]}: requests that are kept for people; or absent
--                pause     {account, operation or lane, reason, kind of trouble}, or absent
--                passed    whether the API answered a request of the lane
--                breaker   {answered, failed, and the limits of breaker.lua}
--                host      {answered, failed}: requests that reached the host, and that did not
--                waits_with   "breaker" or "host": whose closing ends the lane's waiting; or absent
--                flood     {seen, rejected, share, least, window in ms}
-- following  "go on" | "release" | "back off" (a failure) | "wait" (none)
-- time       lease, ms (go on) | delay until the next try, ms (back off, wait)
-- next_mark  `sending` of the batch to go on with, written when the lease is kept; or ""
-- Returns {"next", how many parked messages block later ones, horizon, which suppression list there
--         is or ""}: the lease is kept, a batch is ready
--         | {"released", messages waiting, the reason if this call paused something, or ""}
--         | {"fenced"}: the caller does not own the lease
local stream, state, due, parked, parked_body, dead, dead_body, journal, paused, breaker, lanes, jobs, jobs_body, parked_by_contact, parked_blocking, host = unpack(KEYS)
local lane, token, change, following, time, batch_size, linger, journal_length, next_token, start, next_mark = unpack(ARGV, 1, 11)
local BODIES = 12
-- A lane that waits shorter (ms) again and again, and settles nothing, stands still.
local SHORT_WAIT = 5000
-- What a lane waits for properly is at most a day away (ms).
local LONGEST_WAIT = 86400000
-- After so long without a try (ms) nobody knows whether the destination went on to fail.
local UNTRIED = LONGEST_WAIT + 3600000
-- Thousands of messages of one contact may be parked. Of them a settling looks at so many, the last
-- before its own, and for all contacts at so many; then at a few. Where there are more, the older
-- ones of them are taken to come back before.
local MOST_LOOKED, MOST_LOOKED_AT_ALL, FEW = 1000, 5000, 10
-- Messages that go behind one another come back so far apart (ms): a double has no finer one.
local STEP = 1 / 4096

local now = sound_ms()
local owner = redis.call('HMGET', state, 'token', 'settled', 'trouble', 'error')
local was_troubled = owner[3] or owner[4]
time = tonumber(time)

-- Begins a trouble of this batch.
local function begin(what)
  what.trace = change.trace
  begin_trouble(start, now, what)
end

local function cut()
  if change.trim ~= '' then
    redis.call('XTRIM', stream, 'MINID', '=', change.trim)
  end
  for _, id in ipairs(change.remove) do
    redis.call('XDEL', stream, id)
  end
end

local function park(id, at, body, contact, blocks)
  redis.call('ZADD', parked, at, parked_member(id))
  redis.call('HSET', parked_body, id, ARGV[BODIES + body])
  redis.call('ZADD', parked_by_contact, 0, contact .. '\t' .. id)
  if blocks then
    redis.call('ZADD', parked_blocking, 0, contact .. '\t' .. id)
  end
end

-- UNIX ms at which the last of the contact's messages that are parked in this lane, and older than
-- this one, comes back; or nil when none is parked.
local looked = 0
local function last_parked(contact, id)
  local ms, number = string.match(id, '@(%d+)%-(%d+)$')
  local start_of_lane = '[' .. contact .. '\t' .. lane .. '@'
  local members = redis.call('ZREVRANGEBYLEX', parked_by_contact, start_of_lane .. ms .. '\127',
    start_of_lane, 'LIMIT', 0, math.max(FEW, math.min(MOST_LOOKED, MOST_LOOKED_AT_ALL - looked)))
  looked = looked + #members
  local older = {}
  for _, member in ipairs(members) do
    local other_ms, other_number = string.match(member, '@(%d+)%-(%d+)$')
    -- The set has them in alphabetical order: 10 is before 9.
    if other_ms ~= ms or tonumber(other_number) < tonumber(number) then
      older[#older + 1] = parked_member(string.sub(member, #contact + 2))
    end
  end
  local last
  for _, at in ipairs(#older > 0 and redis.call('ZMSCORE', parked, unpack(older)) or {}) do
    last = at and math.max(last or 0, tonumber(at)) or last
  end
  return last
end

local function park_all()
  for _, member in ipairs(change.arrived) do
    redis.call('ZREM', parked_by_contact, member)
    redis.call('ZREM', parked_blocking, member)
  end
  for _, message in ipairs(change.park) do
    local id, wait, body, contact, blocks = unpack(message)
    park(id, now + wait, body, contact, blocks)
  end
  -- Contact -> when the last one comes back that went behind here: the next goes behind that one.
  local behind = {}
  for _, message in ipairs(change.behind) do
    local id, wait, body, contact, blocks = unpack(message)
    local last = behind[contact] or last_parked(contact, id)
    behind[contact] = last and last + STEP or now + wait
    park(id, behind[contact], body, contact, blocks)
  end
end

local function give_up()
  for _, message in ipairs(change.dead) do
    redis.call('ZADD', dead, now, message[1])
    redis.call('HSET', dead_body, message[1], ARGV[BODIES + message[2]])
  end
end

local function open_jobs()
  for _, job in ipairs(change.jobs) do
    redis.call('ZADD', jobs, now + job[2], job[1])
    redis.call('HSET', jobs_body, job[1], ARGV[BODIES + job[3]])
  end
end

local function note_failure()
  if change.attempts == 0 then
    redis.call('HDEL', state, 'attempts', 'failed_at', 'failing_since')
    return
  end
  local failed_at = tonumber(redis.call('HGET', state, 'failed_at') or now)
  if change.passed or now - failed_at > UNTRIED then
    redis.call('HDEL', state, 'failing_since')
  end
  if not change.passed then
    redis.call('HSETNX', state, 'failing_since', now)
  end
  redis.call('HSET', state, 'attempts', change.attempts, 'failed_at', now)
end

local function note()
  redis.call('HSET', state, 'settled', token, 'claims', 0)
  if change.passed then
    redis.call('HSET', breaker, 'passed_at', now)
  end
  for counter, by in pairs(change.count) do
    add_to(state, counter, by)
  end
  for _, api_id in ipairs(change.api_ids) do
    redis.call('SET', api_id[1], api_id[2], 'PX', string.format('%.0f', api_id[3] * 1000 + KEPT))
  end
  if change.sending == '' then
    redis.call('HDEL', state, 'sending')
  elseif change.sending then
    redis.call('HSET', state, 'sending', change.sending)
  end
  if change.alone > 0 then
    redis.call('HSET', state, 'alone', change.alone)
  else
    redis.call('HDEL', state, 'alone')
  end
  if change.cut > 0 then
    redis.call('HSET', state, 'cut', change.cut)
  else
    redis.call('HDEL', state, 'cut')
  end
  if change.suspects > 0 or change.others_passed > 0 then
    redis.call('HSET', state, 'suspects', change.suspects, 'others_passed', change.others_passed)
  else
    redis.call('HDEL', state, 'suspects', 'others_passed')
  end
  redis.call('HDEL', state, 'guilty')  -- what an older release has noted of the head before
  note_failure()
  if change.error then
    redis.call('HSET', state, 'error', change.error, 'error_at', now)
  end
  redis.call('XADD', journal, 'MAXLEN', '~', journal_length, next_id(journal), unpack(change.journal))
end

-- Keeps the last requests of the account. They end with the request that was sent last.
local function keep_requests(most, bodies)
  local requests = start .. 'requests:' .. string.match(lane, '^[^:]*')
  for _, body in ipairs(bodies) do
    redis.call('XADD', requests, next_id(requests), 'request', ARGV[BODIES + body])
  end
  redis.call('XTRIM', requests, 'MAXLEN', '=', most)
end

-- Pauses a lane whose messages are mostly rejected.
local function guard_against_floods()
  local limits = change.flood
  local window = redis.call('HMGET', state, 'flood_start', 'flood_seen', 'flood_rejected')
  local since, seen, rejected =
    tonumber(window[1] or now), tonumber(window[2] or 0), tonumber(window[3] or 0)
  if now - since > limits.window then
    since, seen, rejected = now, 0, 0
  end
  seen, rejected = seen + limits.seen, rejected + limits.rejected
  if limits.rejected > 0 and seen >= limits.least and rejected / seen >= limits.share then
    change.pause = {lane, string.format('flood guard: %d of the last %d messages were rejected',
      rejected, seen), 'flood_guarded'}
    since, seen, rejected = now, 0, 0
  end
  redis.call('HSET', state, 'flood_start', since, 'flood_seen', seen, 'flood_rejected', rejected)
end

-- The lanes that wait with a breaker go on when it closes. A lane that the API itself told to wait
-- waits on.
local function wake(breaker)
  for _, other in ipairs(redis.call('SMEMBERS', lanes)) do
    local other_state = start .. 'state:' .. other
    if redis.pcall('HGET', other_state, 'waits_with') == breaker then
      redis.call('HDEL', other_state, 'retry_at', 'waits_with')
      redis.call('ZADD', due, now, other)
    end
  end
end

-- Counts the batch's requests for a breaker. Returns "opened", "closed" or nil, and the UNIX ms
-- until which it is open now, or 0.
local function note_breaker(breaker, requests)
  local event, open_until =
    breaker_note(breaker, now, requests.answered, requests.failed, change.breaker)
  if event == 'closed' then
    wake(breaker)
  end
  return event, event == 'opened' and open_until or 0
end

-- Tells of the operation's breaker.
local function tell_breaker(event)
  local operation = string.match(lane, '^[^:]*:[^:]*')
  if event == 'opened' then
    begin({kind = 'breaker_open', scope = operation, lane = lane,
      detail = change.error or '', messages = redis.call('XLEN', stream)})
  elseif event == 'closed' then
    end_trouble(start, now, 'breaker_open', operation, change.count.delivered or 0)
  end
end

-- Tells of a host that is not reached, or is reached again.
local function tell_host()
  local name = string.match(host, 'breaker@(.*)$')
  if change.host.answered > 0 then
    end_trouble(start, now, 'host_unreachable', name, change.count.delivered or 0)
  elseif change.host.failed > 0 then
    begin({kind = 'host_unreachable', scope = name, lane = lane,
      detail = change.error or '', messages = redis.call('XLEN', stream)})
  end
end

-- Counts them for both breakers. Returns the UNIX ms until which the lane has to wait for one of
-- them, or 0, and that one.
local function note_breakers()
  local event, operation_until = note_breaker(breaker, change.breaker)
  tell_breaker(event)
  local _, host_until = nil, 0
  if change.host.failed > 0 or redis.call('EXISTS', host) == 1 then
    _, host_until = note_breaker(host, change.host)
    tell_host()
  end
  if host_until > operation_until then
    return host_until, host
  end
  return operation_until, breaker
end

local function released()
  return {'released', redis.call('XLEN', stream), change.pause and change.pause[2] or ''}
end

local function ready()
  return {'next', redis.call('ZCARD', parked_blocking), horizon(stream, state), listed or ''}
end

-- UNIX ms from which the messages that wait are worth a batch.
local function ready_at(waiting)
  if waiting >= tonumber(batch_size) then
    return now
  end
  local oldest = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1][1]
  -- Redis' clock may have been ahead when the oldest came.
  return math.min(tonumber(string.match(oldest, '^%d+')), now) + tonumber(linger)
end

-- Notes that the lane waits until then (UNIX ms) properly.
local function note_wait(at)
  local count = change.count
  local settled = (count.delivered or 0) + (count.parked or 0) + (count.dead or 0)
    + (count.erased or 0)
  if following == 'back off' or time >= SHORT_WAIT or settled > 0 then
    redis.call('HSET', state, 'moved', math.min(at, now + LONGEST_WAIT))
  end
end

-- Begins and ends the troubles that this batch tells of.
local function note_troubles()
  for _, what in ipairs(change.troubles) do
    begin(what)
  end
  local waiting = (change.pause or change.trouble) and redis.call('XLEN', stream)
  if change.pause then
    local scope, reason, kind = unpack(change.pause)
    begin({kind = kind, scope = scope, lane = lane, detail = reason, messages = waiting})
  end
  if change.trouble then
    begin_lane_trouble(start, now, lane, change.trouble[1], change.trouble[2], waiting,
      change.trace)
  elseif was_troubled and not change.error and following ~= 'wait' then
    end_lane_trouble(start, now, lane, change.count.delivered or 0)
  end
end

-- Says when the lane is due, and keeps or releases its lease.
local function schedule(breaker_until, opened)
  if change.pause then
    redis.call('HSET', paused, change.pause[1], change.pause[2])
  end
  note_troubles()
  if is_paused(paused, lane) then
    hold(state, due, lane)
    return released()
  end
  if following == 'back off' or following == 'wait' then
    local at = math.max(now + time, breaker_until)
    note_wait(at)
    hold_until(state, due, lane, at)
    if breaker_until > now + time then
      redis.call('HSET', state, 'waits_with', opened)
    elseif change.waits_with then
      redis.call('HSET', state, 'waits_with', change.waits_with == 'host' and host or breaker)
    end
    return released()
  end
  local waiting = redis.call('XLEN', stream)
  if waiting == 0 then
    redis.call('HDEL', state, 'hold', 'token', 'until', 'in_flight', 'large')
    redis.call('ZREM', due, lane)
    return released()
  end
  local at = ready_at(waiting)
  if following == 'go on' and at <= now then
    redis.call('HSET', state, 'token', next_token, 'until', now + time, 'moved', now,
      'in_flight', math.min(waiting, tonumber(batch_size)))
    if next_mark ~= '' then
      redis.call('HSET', state, 'sending', next_mark)
    end
    redis.call('ZADD', due, now + time, lane)
    return ready()
  end
  redis.call('HDEL', state, 'hold', 'token', 'until', 'in_flight')
  redis.call('HSET', state, 'moved', now)
  redis.call('ZADD', due, at, lane)
  return released()
end

if owner[2] == token then
  return owner[1] == next_token and ready() or released()
elseif owner[1] ~= token then
  return {'fenced'}
end
change = cjson.decode(change)
cut()
park_all()
open_jobs()
give_up()
note()
if change.results then
  tell_results(change.results)
end
if change.requests then
  keep_requests(unpack(change.requests))
end
guard_against_floods()
return schedule(note_breakers())
