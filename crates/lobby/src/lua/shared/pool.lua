-- Shared: the keys that every script of a pool gets.
-- KEYS[1..6]: players_queue, rooms:available, deadlines, outbox, dirty, events.

local QUEUE, AVAILABLE, DEADLINES, OUTBOX, DIRTY, EVENTS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local TAG = string.match(QUEUE, '^{[^}]*}:')
local POOL = string.sub(TAG, 2, -3)
