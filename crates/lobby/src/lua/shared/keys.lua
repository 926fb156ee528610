-- Shared: keys of the pool by kind and id. All of them have the pool's hash tag, so a script never
-- leaves its slot. Kinds: player, room, rooms (the seats of a room), relay (its rooms), projectile,
-- checkpoint, replay, seat (a ticket), request.
--- @include "pool"

local function key(kind, id) return TAG .. kind .. ':' .. id end
