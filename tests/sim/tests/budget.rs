//! A crowd over a simulated network, with more changes than fit into a snapshot.

use game::RandomBot;
use game::prelude::*;
use protocol::limits::SNAPSHOT_BYTES_MAX;
use sim::{Condition, Report, play_game};

const PLAYERS: usize = 20;
const SIDE: i32 = 16_000;

game::state! {
    /// Twenty seconds of running among sheep that jump around.
    pub struct Flock {
        left: hidden(u32),
        random: hidden(Random),
        sheep: entities(Sheep),
        players: seats(Player),
    }

    /// A player.
    pub struct Player {
        x: length(14, 8),
        y: length(14, 8),
    }

    /// An entity without an owner.
    pub struct Sheep {
        x: length(14, 8),
        y: length(14, 8),
    }
}

impl Game for Flock {
    const NAME: &'static str = "flock";
    const RATE: Rate = Rate::Hz(20);
    const SEATS: RangeInclusive<u8> = 2..=20;
    const CONSTANTS: Constants = &[];

    fn new(seed: u64, _: &Settings, roster: &Roster) -> Self {
        let start = Player {
            x: SIDE / 2,
            y: SIDE / 2,
        };
        let mut flock = Self {
            left: 20 * Self::RATE.ticks_per_second(),
            random: Random::new(seed),
            sheep: Entities::default(),
            players: Players::of(roster, |_| start.clone()),
        };
        for _ in 0..480 {
            flock.sheep.spawn(0, None, Sheep { x: 0, y: 0 });
        }
        flock
    }

    fn step(&mut self, step: Step<'_>) {
        for (player, pad) in self.players.moving::<Pad>(&step) {
            let by = (i32::from(pad.dx), i32::from(pad.dy));
            (player.x, player.y) = walk((player.x, player.y), by, (0, SIDE));
        }
        if step.decides() {
            self.left -= 1;
            let mut place = || self.random.below(SIDE as u32) as i32;
            self.sheep
                .iter_mut()
                .for_each(|sheep| (sheep.x, sheep.y) = (place(), place()));
        }
    }

    fn outcome(&self) -> Option<Ranking> {
        (self.left == 0).then(|| self.players.ranking(|_| Standing::default()))
    }
}

#[test]
fn the_size_limit_does_not_affect_the_own_player() {
    let mut report = Report::default();
    let condition = Condition::lossy(100, 0);
    play_game::<Flock, RandomBot<Pad>>(PLAYERS, &condition, 1, &mut report);
    let seconds = report.player_us as f64 / 1e6;
    let snapshots = report.bytes_down as f64 / seconds / 20.0;
    let limit = SNAPSHOT_BYTES_MAX as f64;
    assert!(
        (0.9 * limit..=1.1 * limit).contains(&snapshots),
        "{report:?}"
    );
    assert_eq!((report.corrections, report.underruns), (0, 0), "{report:?}");
}
