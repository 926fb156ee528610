-- Shared: how an open room becomes a match.
--- @include "bots"
--- @include "bots_fill"
--- @include "clock"
--- @include "countdown"
--- @include "keys"
--- @include "late_until"
--- @include "listed"
--- @include "listing"
--- @include "match_messages"
--- @include "pool"
--- @include "region"
--- @include "room_deadline"
--- @include "room_give"
--- @include "room_save"
--- @include "team_count"
--- @include "teams"
--- @include "texts"
--- @include "whole"

-- Starts a room with enough players, and fills it with bots in a pool that has them. Without a live relay, or while
-- it waits for a relay of the best region, it stays open, unlisted, and tries again after a second. Returns true if
-- it started.
local function room_start(room, meta, list, relays, entropy)
  local relay = relay_for_start(relays, meta, list)
  if not relay then
    local shown = meta.countdown_at > 0
    if meta.waiting == 0 then meta.waiting = now end
    meta.countdown_at = 0
    rearm(meta)
    relist(room, meta, #list)
    if shown then emit_countdown(room, meta, list) end
    room_save(room, meta)
    return false
  end
  meta.seed = string.format('%.0f', tonumber(string.sub(redis.sha1hex(entropy .. room), 1, 13), 16))
  meta.countdown_at, meta.waiting = 0, 0
  if team_count() then
    list.teams = teams_set(meta, list)
    list.ids, list.faces = nil, nil
  end
  -- In a room that a player made, the host chose the number of bots.
  local count = meta.host and math.min(#list + meta.bots, meta.seats) or fill_to() or 0
  bots_add(room, meta, list, count, entropy)
  meta.roster = select(2, texts(list))
  if not meta.is_new then redis.call('ZREM', AVAILABLE, room) end
  if meta.visibility == 'listed' then listed_write(room, '') end
  room_give(room, meta, relay, list)
  -- A room that a player made takes no late players: its players decide who enters.
  local ms = not meta.code and late_ms()
  if ms then redis.call('HSET', key('room', room), 'late_until', whole(now + ms)) end
  emit_match('match_started', room, meta, list)
  return true
end
