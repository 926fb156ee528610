-- Shared: a running match's replay. The room's record says whether it is complete (replay = kept |
-- lost), and where the last chunk began (replay_from, its tick; replay_at, its byte).
--- @include "keys"

-- The byte of the replay where the records after tick `from` belong: its end, or the beginning of the last chunk if
-- that chunk is sent again after a lost answer. nil: nowhere, or records are missing before the chunk.
local function replay_at(room, meta, saved, from, to, chunk)
  local length = redis.call('STRLEN', key('replay', room))
  if meta.replay ~= 'kept' or length == 0 or to < saved or (to > from and chunk == '') then return nil end
  if from == saved then return length end
  return from == tonumber(meta.replay_from) and tonumber(meta.replay_at) or nil
end
