-- Shared: the keys of the fleet, all in the slot of the key `relays`.
-- KEYS[1..5]: relays (each relay that takes rooms, by free rooms), leases (by their end), info (what a candidate
-- needs, JSON), runs (boot nonces, the current one first), leases_checked.
-- FLEET:pools:<relay>: the pools in which the relay may own rooms.

local INDEX, LEASES, INFO, RUNS, LEASES_CHECKED = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local function pools_of(relay) return string.match(LEASES, '^{[^}]*}:') .. 'pools:' .. relay end
