-- Puts identifiers on the suppression list, or takes them off, and tells every script whether there
-- is a list: in the hash of the clock, which each of them reads.
--
-- what     "add" | "remove" | "look": takes off whose time is over, and tells of the list again
-- until    ms for which they are suppressed; 0: for ever
-- name     of the list's key (producers/suppression.py)
-- about    JSON of who adds them, and what kind each of them is: {who, at, of = [...]}; or ""
-- The arguments from HASHES on are the fields of the list.
-- Returns how many were added, or were there
local list, key = unpack(KEYS)
local what, lasts, name, about = unpack(ARGV, 1, 4)
local HASHES = 5
-- Entries that are looked at in one call.
local MOST = 1000

local now, changed = sound_ms(), 0
about = about ~= '' and cjson.decode(about)
for at = HASHES, #ARGV do
  local hash = ARGV[at]
  if what == 'add' then
    local until_ms = tonumber(lasts) > 0 and now + tonumber(lasts) or 0
    local one = about.of[at - HASHES + 1]
    local text = cjson.encode({who = about.who, kind = one[1], account = one[2], why = about.why,
      at = string.format('%.0f', now)})
    redis.call('HSET', list, hash, string.format('%.0f', until_ms) .. ' ' .. text)
    changed = changed + 1
  elseif what == 'remove' then
    changed = changed + redis.call('HDEL', list, hash)
  end
end
if what == 'look' and redis.call('HLEN', list) <= MOST then
  local all = redis.call('HGETALL', list)
  for at = 1, #all, 2 do
    local until_ms = tonumber(string.match(all[at + 1], '^%d+') or 1)
    if until_ms > 0 and until_ms <= seen_ms() then
      changed = changed + redis.call('HDEL', list, all[at])
    end
  end
end
local number = tonumber(listed and string.match(listed, ' (%d+)$') or 0)
if redis.call('HLEN', list) == 0 then
  redis.call('HDEL', clock, 'listed')
elseif changed > 0 or not listed or string.match(listed, '^%x+') ~= name then
  number = math.max(number + 1, redis.call('HINCRBY', key, 'changes', 1))
  redis.call('HSET', key, 'changes', number)
  redis.call('HSET', clock, 'listed', name .. ' ' .. string.format('%.0f', number))
end
return changed
