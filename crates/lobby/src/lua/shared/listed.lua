-- Shared: the index of listed rooms, {pool}:listed:rooms: a hash of a few hundred buckets. A bucket is named by the
-- first two characters of a room's id, and contains the entries of its rooms, concatenated. Rust reads all buckets,
-- filters and sorts (rooms/listed.rs): a few long values are read many times faster than one value per room, and
-- Redis filters nothing. {pool}:listed:version increases with each change, for list watchers.
--- @include "keys"
--- @include "pool"

local LISTED, LISTED_VERSION = key('listed', 'rooms'), key('listed', 'version')

-- The id without the pool.
local function listed_id(room) return string.sub(room, #POOL + 2) end

-- The first and the last byte of the entry in the bucket; nil if there is none.
local function listed_find(text, id)
  local at = 1
  while at < #text do
    local size, length = struct.unpack('>I2B', text, at)
    if length == #id and string.sub(text, at + 3, at + 2 + length) == id then return at, at + 1 + size end
    at = at + 2 + size
  end
  return nil
end

-- The room's entry, or ''.
local function listed_read(room)
  local id = listed_id(room)
  local text = redis.call('HGET', LISTED, string.sub(id, 1, 2)) or ''
  local first, last = listed_find(text, id)
  return first and string.sub(text, first, last) or ''
end

-- Replaces the room's entry ('': removes it). Returns true if the entry changed.
local function listed_write(room, entry)
  local id = listed_id(room)
  local bucket = string.sub(id, 1, 2)
  local text = redis.call('HGET', LISTED, bucket) or ''
  local first, last = listed_find(text, id)
  if (first and string.sub(text, first, last) or '') == entry then return false end
  if first then text = string.sub(text, 1, first - 1) .. string.sub(text, last + 1) end
  text = text .. entry
  redis.call('INCR', LISTED_VERSION)
  if text == '' then redis.call('HDEL', LISTED, bucket) else redis.call('HSET', LISTED, bucket, text) end
  return true
end
