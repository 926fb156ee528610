//! A game that predicts the others: they are drawn at the time of the own player.

use game::prelude::*;

use crate::rate::{Seen, play};

/// Units of 1/16 px in a tick: 200 px a second.
const STEP: i32 = 160;

game::state! {
    /// A match of gliders.
    pub struct Gliders {
        players: seats(Player),
    }

    /// A player.
    pub struct Player {
        x: length(20, 16),
        vx: velocity(12, 16),
    }
}

impl Game for Gliders {
    const NAME: &'static str = "gliders";
    const RATE: Rate = Rate::Hz(20);
    const CONSTANTS: Constants = &[];
    const PREDICTS_OTHERS: bool = true;

    fn new(_: u64, _: &Settings, roster: &Roster) -> Self {
        let start = Player { x: 100_000, vx: 0 };
        Self {
            players: Players::of(roster, |_| start.clone()),
        }
    }

    fn step(&mut self, step: Step<'_>) {
        for (player, pad) in self.players.moving::<Pad>(&step) {
            player.vx = i32::from(pad.dx.signum()) * STEP;
            player.x += player.vx;
        }
        for player in self.players.others(&step) {
            player.x += player.vx;
        }
    }

    fn outcome(&self) -> Option<Ranking> {
        None
    }
}

/// The distances between the drawn and the true position of the other player, px, in ascending order.
fn errors(seen: &Seen) -> Vec<f32> {
    let error = |&(tick, drawn): &(f64, f32)| {
        let (whole, part) = (tick as usize, tick.fract() as f32);
        let (from, to) = (seen.other_was.get(whole)?, seen.other_was.get(whole + 1)?);
        Some((from + (to - from) * part - drawn).abs())
    };
    let mut errors: Vec<f32> = seen.other_drawn.iter().filter_map(error).collect();
    errors.sort_by(f32::total_cmp);
    errors
}

#[test]
fn another_player_is_drawn_at_the_true_position_except_after_a_turn() {
    let (client, now_us, seen) = play::<Gliders>();
    let errors = errors(&seen);
    // The other player turns once a second, and the client learns of a turn about 150 ms later.
    let median = errors[errors.len() / 2];
    assert!(median < 1.0, "{median} px");
    let most = errors.last().copied().unwrap_or_default();
    assert!((20.0..100.0).contains(&most), "{most} px");
    // The correction is smoothed.
    let longest = seen.other_steps.iter().copied().fold(0.0, f32::max);
    assert!(
        longest < most / 2.0,
        "{longest} px in a frame, of {most} px"
    );
    assert_eq!(client.stats(now_us).corrections, 0);
}
