-- Takes a bulk act to count or to run, unless a worker is at it.
--
-- An act is a hash:
--   name, what ("replay" or "purge"), who, superseded (1 or 0)
--   state      "counting": its letters are sought and noted; "counted": it waits to be confirmed;
--              "running"; "stopped"; "done"
--   filter     the filter, without persons; `wanted`: with them, until the letters are counted
--   died_from, died_until   UNIX ms between which its letters died
--   cursor     UNIX ms of their death up to which letters were sought
--   ordered, counted, begun, ended   UNIX ms
--   looked     letters that were looked at; total: those that fit, noted in the order of their
--              acceptance; reason:REASON: of these, by reason
--   done, foreign, passed   letters that were replayed or purged; that stay, for their account is of
--              another system now; that were changed or taken by somebody else
--   rate       letters a second at most; absent: as fast as it goes
--   fault      the fault of ours that has stopped it
--   token, lease   who is at it, and UNIX ms until which nobody else takes it
--
-- token    the caller's
-- only     its name; "": any
-- Returns its name, or false
local open = unpack(KEYS)
local start, token, only = unpack(ARGV)

local now = seen_ms()
for _, name in ipairs(only ~= '' and {only} or redis.call('SMEMBERS', open)) do
  local act = start .. 'bulk:act:' .. name
  local state, lease = unpack(redis.call('HMGET', act, 'state', 'lease'))
  if not state then
    redis.call('SREM', open, name)
  elseif (state == 'counting' or state == 'running') and (tonumber(lease) or 0) <= now then
    redis.call('HSET', act, 'token', token, 'lease', string.format('%.0f', sound_ms() + BULK_LEASE))
    return name
  end
end
return false
