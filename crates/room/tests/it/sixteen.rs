//! A game of 16 seats, the maximum without a size limit for snapshots.

use std::collections::HashMap;

use game::prelude::*;
use protocol::Encoding;
use protocol::binary::{Layout, decode_snapshot};
use protocol::limits::SNAPSHOT_BYTES_MAX;
use room::Room;

use crate::support::{config, players, seat, tick};

game::state! {
    /// Sheep that jump around.
    pub struct Pen {
        random: hidden(Random),
        sheep: entities(Sheep),
        players: seats(Player),
    }

    /// A player.
    pub struct Player { score: count(8) }

    /// An entity at a random position.
    pub struct Sheep { x: length(14, 8), y: length(14, 8) }
}

impl Game for Pen {
    const NAME: &'static str = "pen";
    const SEATS: RangeInclusive<u8> = 2..=16;
    const CONSTANTS: Constants = &[];

    fn new(seed: u64, _: &Settings, roster: &Roster) -> Self {
        let mut sheep = Entities::default();
        for _ in 0..500 {
            sheep.spawn(0, None, Sheep::default());
        }
        Self {
            random: Random::new(seed),
            sheep,
            players: Players::of(roster, |_| Player::default()),
        }
    }

    fn step(&mut self, _: Step<'_>) {
        let mut place = || self.random.below(16_000) as i32;
        let sheep = self.sheep.iter_mut();
        sheep.for_each(|sheep| (sheep.x, sheep.y) = (place(), place()));
    }

    fn outcome(&self) -> Option<Ranking> {
        None
    }
}

#[test]
fn snapshots_of_a_game_of_16_seats_are_complete() {
    let mut room = Room::<Pen>::new(config::<Pen>("", 0), players(16)).expect("a room");
    let mut views = HashMap::new();
    for of in [seat(0), seat(1)] {
        room.handle_connected(of, Encoding::Binary);
    }
    for now in 0..20 {
        tick(&mut room, 2);
        let mut shown = Vec::new();
        for of in [seat(0), seat(1)] {
            let (mut frame, mut view) = (Vec::new(), View::default());
            room.poll_snapshot(of, &mut frame).expect("a snapshot");
            let find = |tick| views.get(&tick);
            decode_snapshot(Layout::of::<Pen>(), &frame, find, &mut view).expect("a snapshot");
            assert!(now == 0 || frame.len() > SNAPSHOT_BYTES_MAX);
            shown.push(view);
        }
        assert!(shown[0] == shown[1] && shown[0].entities.len() == 500);
        views.insert(shown[0].tick, shown.swap_remove(0));
    }
}
