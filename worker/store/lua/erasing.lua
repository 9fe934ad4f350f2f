-- Functions of the scripts that erase.

-- What names a message that is erased: its idempotency key, and what the API made of it. A key
-- stands for it on, as for one that was purged.
local function erase_traces(start, id, known, now)
  redis.call('DEL', start .. 'key_of:' .. id, start .. 'api_id:' .. id)
  local left = tonumber(string.match(id, '@(%d+)%-%d+$') or 0) + tonumber(known) - now
  if left > 0 then
    redis.call('SET', start .. 'purged:' .. id, 1, 'PX', string.format('%.0f', left + KEPT))
  end
end
