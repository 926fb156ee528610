-- Shared by every script of a pool, part 6: what a running match keeps besides its room, the checkpoint and the replay.
-- Of the checkpoint the string {pool}:checkpoint:<room> holds the state, and the room's hash the rest: saved_epoch, saved_tick,
-- saved_journal (the stream), saved_after (an id in it). Of the replay the hash says whether it is whole (replay = kept | lost),
-- and where the last chunk began (replay_from, its tick; replay_at, its byte).

-- The tick of the checkpoint; nil without one, or when Redis lost it.
local function saved_tick(room, meta)
  if not meta.saved_tick or redis.call('EXISTS', key.checkpoint(room)) == 0 then return nil end
  return tonumber(meta.saved_tick)
end

-- The byte of the replay where the records after tick `from` belong: its end, or where the last chunk began, which is sent
-- again when its answer was lost. nil: nowhere, or a chunk without the records it should have.
local function replay_at(room, meta, saved, from, to, chunk)
  local length = redis.call('STRLEN', key.replay(room))
  if meta.replay ~= 'kept' or length == 0 or to < saved or (to > from and chunk == '') then return nil end
  if from == saved then return length end
  return from == tonumber(meta.replay_from) and tonumber(meta.replay_at) or nil
end
