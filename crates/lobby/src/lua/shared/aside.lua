-- Shared: players whose lobby socket closed.
--- @include "pool"

-- A player without a sign of life for away_ms after the lobby socket closed is in ASIDE instead of QUEUE, with the
-- same score, and is not seated. From the close to the next sign of life, the record's field `away` holds the
-- remaining lifetime (ms) of the record after away_ms.
local ASIDE = TAG .. 'players_aside'
