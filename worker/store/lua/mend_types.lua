-- Sets the keys of a lane aside that are of a wrong type.
local lane, start = unpack(ARGV)

mend_types(start, now_ms(), lane)
