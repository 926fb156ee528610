//! Fields of the match itself, as a client draws them.

use game::{
    Game, Member, Mode, Players, Ranking, Roster, Seat, SeatInputs, Seats, Settings, Sim, Step,
    View,
};
use netclient::{NetClient, Welcome};
use protocol::binary::{Layout, SnapshotHeader, encode_full, encode_header};

game::state! {
    /// A match with fields of its own.
    pub struct Rounds {
        round: count(4),
        radius: length(14, 16),
        players: seats(Player),
    }

    /// A player.
    pub struct Player {
        x: length(14, 16),
    }
}

impl Game for Rounds {
    const NAME: &'static str = "rounds";
    const CONSTANTS: game::Constants = &[];

    fn new(_: u64, _: &Settings, roster: &Roster) -> Self {
        let players = Players::of(roster, |_| Player::default());
        Self {
            round: 1,
            radius: 1600,
            players,
        }
    }
    fn join(&mut self, _: &Member) {}
    fn leave(&mut self, _: Seat) {}
    fn step(&mut self, _: Step<'_>) {
        self.radius -= 16;
    }
    fn outcome(&self) -> Option<Ranking> {
        None
    }
    fn is_alive(&self, _: Seat) -> bool {
        true
    }
}

const TICK_US: u64 = 16_667;

#[test]
fn match_fields_are_interpolated_between_two_snapshots() {
    let settings = Settings::defaults(&[]);
    let mut sim = Sim::<Rounds>::new(0, &settings, &Roster::of(1));
    let welcome = Welcome {
        seat: Seat::new(0).expect("a seat"),
        tick: 0,
        settings,
        seats: Seats::first(1),
        snapshot_hz: 60,
    };
    let mut client = NetClient::<Rounds>::new(0, &welcome);
    let mut before = f32::MAX;
    for frame in 1..100 {
        sim.step(&SeatInputs::default(), Mode::Authority, &mut Vec::new());
        client
            .handle_binary(frame * TICK_US, &snapshot(&sim))
            .expect("a snapshot");
        let scene = client.scene(frame * TICK_US + TICK_US / 2);
        // One px less each tick, from the first snapshot on.
        let expected = 100.0 - (scene.others_tick as f32).max(1.0);
        let [round, radius, ..] = scene.match_values;
        assert!((radius - expected).abs() < 0.01, "{scene:?}");
        assert!((round - 1.0).abs() < f32::EPSILON, "{round}");
        before = radius;
    }
    assert!(before < 20.0, "{before}");
}

fn snapshot(sim: &Sim<Rounds>) -> Vec<u8> {
    let mut view = View::default();
    sim.read(&mut view);
    let header = SnapshotHeader {
        tick: view.tick,
        baseline: None,
        ack: None,
        margin: 0,
    };
    let mut frame = Vec::new();
    encode_header(&header, &mut frame);
    encode_full(Layout::of::<Rounds>(), &view, &mut frame);
    frame
}
