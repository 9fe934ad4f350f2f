-- Dispatches the jobs whose next question is due, each once; again only after the grace (ms).
--
-- known   the accounts that the worker knows (`leaves` of common.lua)
-- share   how many jobs of one account are dispatched at most; the arguments from FREE on are two
--         for each account that has fewer places left: its name, and how many
-- Returns the names of at most `most` jobs
local jobs, dispatched, accounts = unpack(KEYS)
local most, grace, known, share = unpack(ARGV, 1, 4)
local FREE = 5
-- Jobs looked at in one go.
local PAGE = 100

local now = seen_ms()
local names, passed_over = {}, 0
local free = {}
for at = FREE, #ARGV, 2 do
  free[ARGV[at]] = tonumber(ARGV[at + 1])
end

repeat
  local page = redis.call('ZRANGEBYSCORE', jobs, '-inf', now, 'LIMIT', passed_over, PAGE)
  for _, job in ipairs(page) do
    local account = string.match(job, '^[^:]*')
    local left = free[account] or tonumber(share)
    if leaves(accounts, account, known, now, tonumber(grace), jobs, job) then
      left = 0
    end
    if #names == tonumber(most) then
      return names
    elseif left > 0 then
      free[account] = left - 1
      redis.call('ZADD', jobs, now + tonumber(grace), job)
      redis.call('HINCRBY', dispatched, job, 1)
      names[#names + 1] = job
    else
      passed_over = passed_over + 1
    end
  end
until #page < PAGE
return names
