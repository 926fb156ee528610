-- Shared: players whose lobby socket closed.
--- @include "pool"

-- A player without a sign of life for away_ms after the lobby socket closed waits in ASIDE instead
-- of QUEUE, with the same score, and is not seated. From the close to the next sign of life the
-- record's field `away` holds how long (ms) the record would live on after away_ms.
local ASIDE = TAG .. 'players_aside'
