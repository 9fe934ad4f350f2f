-- Ends the check of an account, unless another has begun meanwhile. Returns 1 if it did, else 0
--
-- checking   as for begin_check.lua
-- token      of the check that is over
local checking = unpack(KEYS)
local token = unpack(ARGV)

return redis.call('HGET', checking, 'token') == token and redis.call('DEL', checking) or 0
