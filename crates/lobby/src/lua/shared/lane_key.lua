-- Shared: the streams of the outbox.
--- @include "pool"

local function lane_key(lane) return lane == 0 and OUTBOX or OUTBOX .. ':' .. lane end
