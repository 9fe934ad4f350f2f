-- Reads the states of lanes, without their messages. It writes nothing.
--
-- start    beginning of every key
-- fields   JSON [field of the state, ...]
-- The arguments from LANES on are lane names.
-- Returns JSON [[messages waiting, stream id of the oldest or "", UNIX ms at which it is due or "",
--         [the fields' values, or "" each]], ...], one for each lane; `false` for a lane with a key
--         of a wrong type
local due = unpack(KEYS)
local start, fields = unpack(ARGV)
local LANES = 3

fields = cjson.decode(fields)
local rows = {}
for at = LANES, #ARGV do
  local lane = ARGV[at]
  local values = redis.pcall('HMGET', start .. 'state:' .. lane, unpack(fields))
  local waiting = redis.pcall('XLEN', start .. 'lane:' .. lane)
  if type(waiting) == 'table' or values.err then
    rows[#rows + 1] = false
  else
    for index, value in ipairs(values) do
      values[index] = value or ''
    end
    local oldest = ''
    if waiting > 0 then
      oldest = redis.call('XRANGE', start .. 'lane:' .. lane, '-', '+', 'COUNT', 1)[1][1]
    end
    rows[#rows + 1] = {waiting, oldest, redis.call('ZSCORE', due, lane) or '', values}
  end
end
return cjson.encode(rows)
