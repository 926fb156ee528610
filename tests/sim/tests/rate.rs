//! A game of 20 Hz over simulated networks.

use game::RandomBot;
use game::prelude::*;
use sim::{Condition, PLAYERS, Report, play_game};

game::state! {
    /// A minute of running.
    pub struct Runners {
        left: hidden(u32),
        players: seats(Player),
    }

    /// A player.
    pub struct Player {
        x: length(20, 16),
        y: length(20, 16),
    }
}

impl Game for Runners {
    const NAME: &'static str = "runners";
    const RATE: Rate = Rate::Hz(20);
    const CONSTANTS: Constants = &[];

    fn new(_: u64, _: &Settings, roster: &Roster) -> Self {
        let middle = Player {
            x: 500_000,
            y: 500_000,
        };
        Self {
            left: 60 * Self::RATE.ticks_per_second(),
            players: Players::of(roster, |_| middle.clone()),
        }
    }
    fn join(&mut self, _: &Member) {}
    fn leave(&mut self, _: Seat) {}
    fn step(&mut self, step: Step<'_>) {
        self.left = self.left.saturating_sub(1);
        for (player, pad) in self.players.moving::<Pad>(&step) {
            player.x += i32::from(pad.dx);
            player.y += i32::from(pad.dy);
        }
    }
    fn outcome(&self) -> Option<Ranking> {
        (self.left == 0).then(|| self.players.ranking(|_| Standing::default()))
    }
    fn is_alive(&self, _: Seat) -> bool {
        true
    }
}

fn measure(condition: &Condition) -> Report {
    let mut report = Report::default();
    for seed in 1..=4 {
        play_game::<Runners, RandomBot<Pad>>(PLAYERS, condition, seed, &mut report);
    }
    assert!(report.match_us >= 4 * 59_000_000, "{report:?}");
    report
}

#[test]
fn without_loss_and_jitter_every_tick_has_an_input_and_nothing_is_corrected() {
    for round_trip_ms in [50, 100, 150] {
        let condition = Condition::lossy(round_trip_ms, 0);
        let report = measure(&condition);
        let row = report.row(&condition.name);
        assert!(report.starved_percent() <= 0.1, "{row}");
        assert_eq!((report.corrections, report.underruns), (0, 0), "{row}");
        // Up to a tick and a half until the next snapshot, and the latency.
        assert!(report.age_ms(0.99) <= 75 + round_trip_ms / 2, "{row}");
    }
}

#[test]
fn loss_causes_no_more_starved_ticks_than_at_60_hz() {
    let report = measure(&Condition::lossy(100, 1));
    let row = report.row("100 ms, 1 % loss");
    assert!(report.starved_percent() <= 10.0, "{row}");
    assert_eq!(report.corrections_unexplained, 0, "{row}");
}

#[test]
fn a_match_of_20_hz_needs_a_third_of_the_messages() {
    let report = measure(&Condition::lossy(50, 0));
    let seconds = report.match_us as f64 * 5.0 / 1e6;
    let up = report.bytes_up as f64 / seconds;
    // Players of the arena send 597 B/s at 60 Hz.
    assert!(up < 250.0, "{up} B/s");
}
