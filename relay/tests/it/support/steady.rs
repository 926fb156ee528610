//! A game of 20 Hz in which nothing happens until its time is over.

use game::prelude::*;

game::state! {
    /// A match that waits for its end.
    pub struct Steady {
        left: timer(16),
        players: seats(Player),
    }

    /// A player.
    pub struct Player {
        x: length(14, 16),
    }
}

impl Game for Steady {
    const NAME: &'static str = "steady";
    const RATE: Rate = Rate::Hz(20);
    const SETTINGS: &'static [Setting] = &[Setting::new("match_seconds", 3, 1..=60)];
    const CONSTANTS: Constants = &[];

    fn new(_: u64, settings: &Settings, roster: &Roster) -> Self {
        Self {
            left: settings.0[0] as u32 * Self::RATE.ticks_per_second(),
            players: Players::of(roster, |_| Player::default()),
        }
    }
    fn join(&mut self, _: &Member) {}
    fn leave(&mut self, _: Seat) {}
    fn step(&mut self, _: Step<'_>) {
        self.left = self.left.saturating_sub(1);
    }
    fn outcome(&self) -> Option<Ranking> {
        (self.left == 0).then(|| self.players.ranking(|_| Standing::default()))
    }
    fn is_alive(&self, _: Seat) -> bool {
        true
    }
}
