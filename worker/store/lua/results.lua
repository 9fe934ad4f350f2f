-- Tells the application what became of messages: a line for each in the stream of results, which is
-- bounded. Put before the scripts that settle messages, so that a result is written when, and only
-- when, its message is settled.
--
-- A line has the fields `number`, which counts them (so a reader knows how many it has missed),
-- `message`, `operation`, `outcome`, `reason`, `detail`, `contact` and `key`.

-- told   {length = how many lines are kept, about,
--         rows = {{message id, operation, outcome, contact key, reason, detail}, ...}}
local function tell_results(told)
  local start = string.match(KEYS[1], '^%b{}:')
  local stream = start .. 'results'
  local number = redis.call('HINCRBY', start .. 'results:numbers', 'written', #told.rows) - #told.rows
  for _, row in ipairs(told.rows) do
    local id, operation, outcome, contact, reason, detail = unpack(row)
    number = number + 1
    -- A dead letter may be replayed, and then there is another result of the message.
    local key = redis.call(outcome == 'dead' and 'GET' or 'GETDEL', start .. 'key_of:' .. id)
    if outcome == 'erased' then
      key = '' -- it may name whom the message was about
    end
    redis.call('XADD', stream, next_id(stream), 'number', number, 'message', id, 'operation',
      operation, 'outcome', outcome, 'reason', reason, 'detail', detail, 'contact', contact, 'key',
      key or '')
  end
  redis.call('XTRIM', stream, 'MAXLEN', '~', told.length)
end
