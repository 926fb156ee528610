-- Shared: the keys of the fleet, all in the slot of the key `relays`.
-- KEYS[1..5]: relays (each relay that takes rooms and has no region, by free rooms), leases (by their end), info
-- (what a candidate needs, JSON), runs (boot nonces, the current one first), leases_checked. FLEET:pools:<relay>: the
-- pools in which the relay may own rooms. FLEET:regions: each region, as '<time of the last renewal by one of its
-- relays> <that relay>'. FLEET:free:<region>: like `relays`, for a region. FLEET:watch: watch-only relays, by how
-- many more watchers they take.

local INDEX, LEASES, INFO, RUNS, LEASES_CHECKED = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local FLEET = string.match(LEASES, '^{[^}]*}:')
local REGIONS, WATCH = FLEET .. 'regions', FLEET .. 'watch'
local function pools_of(relay) return FLEET .. 'pools:' .. relay end

-- '' stands for no region.
local function index_of(region) return region == '' and INDEX or FLEET .. 'free:' .. region end
local function region_in(info) return string.match(info, '"region":"([^"]*)"') or '' end
local function region_of(relay) return region_in(redis.call('HGET', INFO, relay) or '') end
