-- Reads the states of lanes, without their messages. It writes nothing.
--
-- start    beginning of every key
-- The arguments from LANES on are lane names.
-- Returns JSON [[messages waiting, stream id of the oldest or "", UNIX ms at which it is due or "",
--         [field of the state, value, field, value, ...]], ...], one for each lane; `false` for a
--         lane with a key of a wrong type
local due = unpack(KEYS)
local start = unpack(ARGV)
local LANES = 2

local rows = {}
for at = LANES, #ARGV do
  local lane = ARGV[at]
  local stream = start .. 'lane:' .. lane
  local state = redis.pcall('HGETALL', start .. 'state:' .. lane)
  local waiting = redis.pcall('XLEN', stream)
  if type(waiting) == 'table' or state.err then
    rows[#rows + 1] = false
  else
    local oldest = waiting > 0 and redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1][1] or ''
    rows[#rows + 1] = {waiting, oldest, redis.call('ZSCORE', due, lane) or '', state}
  end
end
return cjson.encode(rows)
