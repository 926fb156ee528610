//! The counted work: matches of five busy players, tick by tick, as a relay runs them.

use std::hint::black_box;

use micro::{Busy, MATCH_TICKS, tick_path};

/// The argument that makes this program play.
pub(crate) const WORD: &str = "play";
/// The ticks of all players together.
pub(crate) const PLAYER_TICKS: u32 = MATCHES * MATCH_TICKS * 5;

const MATCHES: u32 = 8;
/// The ticks between two checkpoints, as in the relay.
const CHECKPOINT_TICKS: u32 = 120;

/// Plays the matches.
pub(crate) fn run() {
    let (mut entry, mut out) = (Vec::new(), Vec::new());
    for seed in 1..=MATCHES {
        let mut busy = Busy::new(seed.into());
        for tick in 1..=MATCH_TICKS {
            busy.send_inputs();
            for (seat, message) in tick_path::decode(&busy.frames) {
                tick_path::take(&mut busy.room, seat, message);
            }
            tick_path::step(&mut busy.room);
            entry.clear();
            tick_path::journal(&mut busy.room, &mut entry);
            tick_path::write(&mut busy.room, &mut out);
            if tick.is_multiple_of(CHECKPOINT_TICKS) {
                black_box(tick_path::checkpoint(&mut busy.room));
            }
        }
        assert!(busy.room.outcome().is_none(), "the match was over early");
    }
}
