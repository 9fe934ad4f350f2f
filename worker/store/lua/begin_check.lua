-- Lets one caller at a time check an account: the others wait until it is over, or its time is.
--
-- checking   hash: token of the check under way, and `until`, UNIX ms at which it is over for certain
-- token      of this check
-- ms         that it lasts at most
-- Returns 1 for the one that checks, else 0
local checking = unpack(KEYS)
local token, ms = unpack(ARGV)

local now = now_ms()
local left = tonumber(redis.call('HGET', checking, 'until') or now) - now
-- Whoever has more left than a check lasts has it from a clock that went back.
if left > 0 and left <= tonumber(ms) then
  return 0
end
redis.call('HSET', checking, 'token', token, 'until', string.format('%.0f', now + ms))
redis.call('PEXPIRE', checking, string.format('%.0f', ms + KEPT))
return 1
