//! Limits and rates of the wire, shared by the room, the client and the relay.

use game::{FRAMES_PER_SECOND, Rate, VIEW_DELAY_MAX};

use crate::binary::{BASELINE_TICKS_MAX, SEEN_TICKS_MAX, VIEW_DELAY_WIRE_MAX};

/// Snapshot rates, in Hz, best first.
pub const SNAPSHOT_HZ: [u32; 4] = [60, 30, 20, 10];
/// The snapshot interval of each rate, frames (1/60 s). A room rounds these intervals up to whole
/// ticks of its game.
pub const SNAPSHOT_INTERVALS: [u32; 4] = [1, 2, 3, 6];
/// Snapshot rate, in Hz, for a client that sends no acks.
pub const UNACKED_SNAPSHOT_HZ: u32 = 30;
/// The maximum length of a delta snapshot of a game with at least [`BUDGET_SEATS_MIN`] seats, bytes. It
/// fits into one packet on any network.
pub const SNAPSHOT_BYTES_MAX: usize = 1_200;
/// The fewest seats of a game whose snapshots have a size limit.
pub const BUDGET_SEATS_MIN: u8 = 17;
/// An input may arrive at most this many ticks before the tick it is for.
pub const AHEAD_TICKS_MAX: u32 = 64;
/// A client predicts at most this many ticks beyond its newest snapshot.
pub const PREDICT_TICKS_MAX: u32 = 64;
/// A client draws other players at most this many frames behind its newest snapshot: 1.5 intervals
/// of the slowest rate.
pub const INTERPOLATION_FRAMES_MAX: u32 = 9;
/// The maximum length of a message with records to a watcher, bytes, unless it is one longer record.
pub const WATCH_MESSAGE_BYTES_MAX: usize = 16 * 1024;
/// Units of a view delay in a tick.
pub const VIEW_DELAY_PER_TICK: u32 = 16;

/// The maximum view delay, in 1/16 tick, of an input for `tick` from a client whose newest
/// snapshot is of tick `seen`: never more than 250 ms.
#[inline]
pub const fn view_delay_max(rate: Rate, tick: u32, seen: u32) -> u16 {
    // At 60 Hz no division is needed.
    let (limit, drawn_behind) = match rate.frames_per_tick() {
        1 => (VIEW_DELAY_MAX, INTERPOLATION_FRAMES_MAX),
        frames => (
            VIEW_DELAY_MAX / frames as u16,
            rate.ticks_in(INTERPOLATION_FRAMES_MAX),
        ),
    };
    let ticks = tick.saturating_sub(seen).saturating_add(drawn_behind);
    let units = ticks.saturating_mul(VIEW_DELAY_PER_TICK);
    if units < limit as u32 {
        units as u16
    } else {
        limit
    }
}

const _: () = {
    let mut rate = 0;
    while rate < SNAPSHOT_HZ.len() {
        assert!(SNAPSHOT_HZ[rate] * SNAPSHOT_INTERVALS[rate] == FRAMES_PER_SECOND);
        rate += 1;
    }
    let slowest = SNAPSHOT_INTERVALS[SNAPSHOT_INTERVALS.len() - 1];
    // At every rate, the snapshot before can be a delta's baseline.
    assert!(slowest <= BASELINE_TICKS_MAX);
    assert!(INTERPOLATION_FRAMES_MAX * 2 == slowest * 3);
    assert!(UNACKED_SNAPSHOT_HZ == SNAPSHOT_HZ[1]);
    // The room accepts every input with which a client predicts.
    assert!(PREDICT_TICKS_MAX <= AHEAD_TICKS_MAX);
    // A frame can acknowledge every snapshot on which an input in time can be based.
    assert!(AHEAD_TICKS_MAX < SEEN_TICKS_MAX);
    assert!((VIEW_DELAY_MAX as u32).is_multiple_of(VIEW_DELAY_PER_TICK));
    assert!(VIEW_DELAY_MAX <= VIEW_DELAY_WIRE_MAX);
};
