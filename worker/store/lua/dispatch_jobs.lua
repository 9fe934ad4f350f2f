-- Dispatches the jobs whose next question is due, each once; again only after the grace (ms).
--
-- known   the accounts that the worker knows (`leaves` of common.lua)
-- share   how many jobs of one account are dispatched at most; the arguments from FREE on are two
--         for each account that has fewer places left: its name, and how many
-- after   the job at which the worker's last look ended, or ""; and its score
-- Returns {the job at which the look ended, its score, or "" twice at the end of what is due, then
--          the names of at most `most` jobs}
local jobs, dispatched, accounts = unpack(KEYS)
local most, grace, known, share, after, after_score = unpack(ARGV, 1, 6)
local FREE = 7

local now = seen_ms()
local names, count = {'', ''}, 0
local free = {}
for at = FREE, #ARGV, 2 do
  free[ARGV[at]] = tonumber(ARGV[at + 1])
end

-- Dispatches the job if it can be; false when no more are wanted.
local function look_at(job)
  local account = string.match(job, '^[^:]*')
  local left = free[account] or tonumber(share)
  if left <= 0 or leaves(accounts, account, known, now, tonumber(grace), jobs, job) then
    return true
  elseif count == tonumber(most) then
    return false
  end
  free[account] = left - 1
  redis.call('ZADD', jobs, now + tonumber(grace), job)
  redis.call('HINCRBY', dispatched, job, 1)
  names[#names + 1] = job
  count = count + 1
  return true
end

names[1], names[2] = look_at_due(jobs, now, after, after_score, look_at)
return names
