//! Every lease, renewal, timeout and time to live that two parts of the system must agree on.
//!
//! Each constant states who uses it. The assertions at the end state how the constants relate; a change that breaks a
//! relation does not compile. The Lua scripts get the numbers that they need with the pool's settings (`ARGV[2]`).

use std::time::Duration;

/// A relay that does not renew its lease for this long counts as dead: its rooms go to other relays.
pub const RELAY_LEASE: Duration = Duration::from_millis(1500);
/// How often a relay renews its lease and reports its load.
pub const RELAY_RENEWAL: Duration = Duration::from_millis(300);
/// How long a renewal may take.
pub const RELAY_RENEWAL_TIMEOUT: Duration = Duration::from_secs(1);
/// How long a relay's report (its URL and load) is kept without a renewal, for people and programs that read it.
pub const RELAY_INFO_TTL: Duration = Duration::from_secs(5);
/// How long a relay stays known after its lease ran out. Longer than a function may run, so that rooms that a
/// function gave it just before are found.
pub const RELAY_DEAD_KEPT: Duration = Duration::from_mins(2);
/// The same limit while nobody acts for a pool and the relay's rooms are not yet given to others. The pool's sweep
/// finds those rooms.
pub const RELAY_DEAD_KEPT_MAX: Duration = Duration::from_hours(1);
/// How old a reading that a relay has no lease may be when its rooms are taken. After that time, the relay may have
/// renewed its lease and continued its rooms.
pub const RELAY_LIVE_FRESH: Duration = Duration::from_millis(250);
/// How long a poll of a pool waits for the leases of relays. Without an answer, it reports only the other work.
pub const LEASES_TIMEOUT: Duration = Duration::from_millis(200);
/// A worker that did not run for this long may have lost the relay's lease: it validates the ownership of its rooms.
pub const WORKER_STALL: Duration = Duration::from_secs(1);
/// A worker that gets no confirmation of that ownership for this long continues its rooms: an unreachable lobby
/// cannot have given them to another relay.
pub const UNCONFIRMED_MAX: Duration = Duration::from_secs(3);
/// How long a relay reuses what it read from a dead relay's journal.
pub const JOURNAL_READ_FRESH: Duration = Duration::from_secs(1);

/// How long a relay acts for a pool (as its bridge) without renewing that lease.
pub const BRIDGE_LEASE: Duration = Duration::from_millis(600);
/// How often each relay renews the bridge's lease or tries to take it; the relay that holds it
/// polls the pool for work.
pub const BRIDGE_POLL: Duration = Duration::from_millis(250);
/// How long a poll may take.
pub const BRIDGE_POLL_TIMEOUT: Duration = Duration::from_millis(500);
/// How often the bridge invokes the sweep in deployments without a schedule.
pub const SWEEP_INTERVAL: Duration = Duration::from_secs(30);
/// If no poll ran for this long, no lease could be renewed either: Redis paused, or the clock jumped. Leases that ran
/// out in that time are extended once.
pub const POLL_GAP_MAX: Duration = Duration::from_secs(1);
/// How long a running room is spared after such a pause.
pub const PAUSE_GRACE: Duration = Duration::from_secs(5);

/// A function that delivers a lane of a pool's outbox and dies delays the lane's notifications by this time. A
/// delivery that takes longer may happen twice; clients drop messages that are not newer than the last one.
pub const OUTBOX_LEASE: Duration = Duration::from_secs(3);
/// How long the function `deliver` delivers a lane before it starts again from the first entry.
pub const DELIVERY_PASS: Duration = Duration::from_millis(2500);
/// How long a delivery inside a function whose caller waits may take.
pub const DELIVERY_BRIEF: Duration = Duration::from_millis(400);
/// A push that takes longer than this hangs: the notifications of other players do not wait for it.
pub const PUSH_HANGS: Duration = Duration::from_millis(100);
/// A notification that could not be delivered for this long is dropped, so that one broken connection does not delay
/// others; its player gets the state from `GET /lobby/me`.
pub const DELIVERY_MAX: Duration = Duration::from_secs(10);

/// How long a lobby socket may take to open after its session is stored. Until then, a push to it fails and is retried.
pub const OPENING: Duration = Duration::from_secs(3);

/// How long a player whose lobby socket closed keeps the place in the queue or the waiting room.
pub const AWAY: Duration = Duration::from_secs(3);
/// When the host's lobby socket has been closed for this long, another player of the gathering room becomes its host.
pub const HOST_SILENT: Duration = Duration::from_secs(10);
/// A group that has waited this long gets seats before everyone else.
pub const GROUP_FIRST: Duration = Duration::from_secs(20);
/// A player of a group in the queue whose lobby socket has been closed for this long is removed; the others continue
/// to wait.
pub const GROUP_SILENT: Duration = Duration::from_secs(30);
/// A room that a player made closes when no player has been present for this long.
pub const ROOM_EMPTY: Duration = Duration::from_mins(2);
/// How long a room's code stays taken without a renewal; the sweep renews those of live rooms. After
/// a match it stays taken for a rematch.
pub const CODE_TTL: Duration = Duration::from_mins(14);
/// How long after a match its players may gather again.
pub const REMATCH_TTL: Duration = Duration::from_mins(12);
/// How long an address's count of unknown codes is kept.
pub const CODE_MISSES: Duration = Duration::from_mins(1);
/// An enqueue under a claim older than this is refused.
pub const CLAIM_FRESH: Duration = Duration::from_secs(10);
/// A claim without a player record is free for another pool after this.
pub const CLAIM_FREE: Duration = Duration::from_secs(30);
/// Claims that no sign of life renewed expire after this time: those of joins that crashed.
pub const CLAIM_TTL: Duration = Duration::from_hours(24);

/// A seat ticket admits once, within this time.
pub const TICKET_TTL: Duration = Duration::from_secs(30);
/// How long a pool remembers the answer to an `Idempotency-Key`.
pub const ANSWER_TTL: Duration = Duration::from_mins(10);
/// How long the lobby remembers what an `Idempotency-Key` was first used for.
pub const REQUEST_TTL: Duration = Duration::from_mins(11);
/// How long a player's report of another one is kept.
pub const REPORTS_KEPT: Duration = Duration::from_hours(30 * 24);
/// The time within which a player's reports are counted.
pub const REPORTS_COUNTED: Duration = Duration::from_mins(10);
/// How long the leaderboard of a finished room is kept.
pub const ROOM_LEADERBOARD_TTL: Duration = Duration::from_hours(24);

// Four renewals may fail or be late before a relay counts as dead.
const _: () = assert!(ms(RELAY_RENEWAL) * 5 <= ms(RELAY_LEASE));
// A stalled worker notices the stall before the lease that it may have lost runs out: the last renewal was at most
// one period before the stall.
const _: () = assert!(ms(WORKER_STALL) + ms(RELAY_RENEWAL) < ms(RELAY_LEASE));
// A renewal without an answer is noticed before the lease runs out.
const _: () = assert!(ms(RELAY_RENEWAL) + ms(RELAY_RENEWAL_TIMEOUT) < ms(RELAY_LEASE));
// A reachable lobby has answered by then, even about a room that it gave away when the lease ran out.
const _: () = assert!(ms(UNCONFIRMED_MAX) > ms(RELAY_LEASE));
// A room moves only after its relay's lease ran out, so a journal read within this time contains everything that the
// relay wrote.
const _: () = assert!(ms(JOURNAL_READ_FRESH) < ms(RELAY_LEASE));
// A registration outlives the lease: the lease decides whether a relay is alive.
const _: () = assert!(ms(RELAY_INFO_TTL) > ms(RELAY_LEASE));
const _: () = assert!(ms(RELAY_LIVE_FRESH) < ms(RELAY_RENEWAL));
// After the leases, a poll has time for its own answer.
const _: () = assert!(ms(LEASES_TIMEOUT) * 2 < ms(BRIDGE_POLL_TIMEOUT));
const _: () = assert!(ms(RELAY_DEAD_KEPT) < ms(RELAY_DEAD_KEPT_MAX));
// The bridge renews its lease in time even if one poll fails.
const _: () = assert!(ms(BRIDGE_POLL) * 2 < ms(BRIDGE_LEASE));
const _: () = assert!(ms(BRIDGE_POLL_TIMEOUT) < ms(BRIDGE_LEASE));
// A change of the bridge is not mistaken for a pause.
const _: () = assert!(ms(BRIDGE_LEASE) + ms(BRIDGE_POLL) < ms(POLL_GAP_MAX));
// A pause that is too short to be noticed ends no lease.
const _: () = assert!(ms(POLL_GAP_MAX) < ms(RELAY_LEASE));
const _: () = assert!(ms(PAUSE_GRACE) > ms(RELAY_LEASE));
// A delivery ends before its lease, including the pushes that it has started.
const _: () = assert!(ms(DELIVERY_PASS) + 2 * ms(PUSH_HANGS) < ms(OUTBOX_LEASE));
const _: () = assert!(ms(PUSH_HANGS) < ms(DELIVERY_BRIEF));
const _: () = assert!(ms(DELIVERY_BRIEF) < ms(DELIVERY_PASS));
// A slow delivery cannot lose both its lease and its notification in one pass.
const _: () = assert!(ms(OUTBOX_LEASE) < ms(DELIVERY_MAX));
// When a claim is free, no enqueue under it can still be accepted, even one that was delayed on the way.
const _: () = assert!(ms(CLAIM_FRESH) * 2 < ms(CLAIM_FREE));
const _: () = assert!(ms(CLAIM_FREE) < ms(CLAIM_TTL));
// A silent player keeps the seat for some time after another player became host.
const _: () = assert!(ms(HOST_SILENT) < ms(ROOM_EMPTY));
const _: () = assert!(ms(HOST_SILENT) < ms(GROUP_SILENT));
// While players may gather again, no other room gets their code, even if the last renewal was two sweeps before the
// end of the match. In AWS the sweep runs once a minute.
const _: () = assert!(ms(CODE_TTL) >= ms(REMATCH_TTL) + 4 * ms(SWEEP_INTERVAL));
// Most sweeps find no claim that became free since the previous sweep.
const _: () = assert!(ms(SWEEP_INTERVAL) <= ms(CLAIM_FREE));
// A pool's answer is never given to another request with the same key.
const _: () = assert!(ms(REQUEST_TTL) > ms(ANSWER_TTL));

/// A duration of this module in whole milliseconds, as Redis takes it.
pub(crate) const fn ms(duration: Duration) -> u64 {
    duration.as_millis() as u64
}
