//! A match that steps only on commands: its timers count down between snapshots, and the client
//! sends no inputs.

use game::prelude::*;
use game::{SeatInputs, Sim};
use netclient::{NetClient, Scene, Welcome};
use protocol::binary::{Layout, SnapshotHeader, encode_full, encode_header};

game::state! {
    /// A match of turns.
    pub struct Turns {
        turn: count(8),
        left: timer(12),
        players: seats(Player),
    }

    /// A player.
    pub struct Player {
        rest: timer(12),
        moves: count(8),
    }
}

impl Game for Turns {
    const NAME: &'static str = "turns";
    const RATE: Rate = Rate::OnCommand;
    const CONSTANTS: Constants = &[];

    fn new(_: u64, _: &Settings, roster: &Roster) -> Self {
        Self {
            turn: 0,
            left: 3000,
            players: Players::of(roster, |_| Player { rest: 60, moves: 0 }),
        }
    }
    fn join(&mut self, _: &Member) {}
    fn leave(&mut self, _: Seat) {}
    fn step(&mut self, _: Step<'_>) {
        self.turn += 1;
    }
    fn outcome(&self) -> Option<Ranking> {
        None
    }
    fn is_alive(&self, _: Seat) -> bool {
        true
    }
}

const FRAME_US: u64 = 16_667;

fn client(tick: u32) -> NetClient<Turns> {
    let welcome = Welcome {
        seat: Seat::new(0).expect("a seat"),
        tick,
        settings: Settings::defaults(&[]),
        seats: Seats::first(2),
        snapshot_hz: 0,
    };
    NetClient::new(0, &welcome)
}

fn snapshot(sim: &Sim<Turns>) -> Vec<u8> {
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
    encode_full(Layout::of::<Turns>(), &view, &mut frame);
    frame
}

/// The drawn turn, its remaining time, and the rest of the second player.
fn drawn(scene: &Scene) -> [u32; 3] {
    let rest = scene.players[1].map_or(0.0, |body| body.values[0]);
    [scene.match_values[0], scene.match_values[1], rest].map(|value| value as u32)
}

#[test]
fn timers_count_down_between_snapshots_without_a_limit() {
    let mut sim = Sim::<Turns>::new(0, &Settings::defaults(&[]), &Roster::of(2));
    let mut client = client(0);
    client
        .handle_binary(0, &snapshot(&sim))
        .expect("a snapshot");
    assert_eq!(
        drawn(client.scene(500_000)),
        [0, 3000, 60],
        "it has not begun"
    );
    sim.step(&SeatInputs::default(), Mode::Authority, &mut Vec::new());
    let began_us = 1_000_000;
    client
        .handle_binary(began_us, &snapshot(&sim))
        .expect("a snapshot");
    for frame in 0..2400 {
        let scene = client.scene(began_us + frame * FRAME_US);
        let [turn, left, rest] = drawn(scene);
        let passed = frame as u32;
        assert!(left.abs_diff(2999 - passed) <= 1, "{passed}: {left}");
        assert!(rest.abs_diff(59_u32.saturating_sub(passed)) <= 1, "{rest}");
        assert_eq!(turn, 1, "a client decides nothing");
        assert!((scene.tick - f64::from(1 + passed)).abs() <= 1.0);
        let mut sent = Vec::new();
        assert!(!client.poll_transmit(began_us + frame * FRAME_US, &mut sent));
    }
    let stats = client.stats(began_us + 2400 * FRAME_US);
    assert_eq!((stats.underruns, stats.corrections), (0, 0), "{stats:?}");
}

#[test]
fn a_step_after_a_long_wait_is_drawn_in_the_next_frame() {
    let mut sim = Sim::<Turns>::new(0, &Settings::defaults(&[]), &Roster::of(2));
    sim.step(&SeatInputs::default(), Mode::Authority, &mut Vec::new());
    // A player who reconnects to a sleeping match gets one snapshot only.
    let mut client = client(1);
    client
        .handle_binary(0, &snapshot(&sim))
        .expect("a snapshot");
    client
        .handle_binary(300 * FRAME_US, &snapshot(&sim))
        .expect("the same again");
    let [turn, left, _] = drawn(client.scene(300 * FRAME_US));
    assert!(turn == 1 && left.abs_diff(2699) <= 2, "{turn}, {left}");
    sim.pass(999);
    sim.step(&SeatInputs::default(), Mode::Authority, &mut Vec::new());
    // 40 ms later than the first one.
    let now_us = 1000 * FRAME_US + 40_000;
    client
        .handle_binary(now_us, &snapshot(&sim))
        .expect("a snapshot");
    let [turn, left, _] = drawn(client.scene(now_us));
    assert!(turn == 2 && left.abs_diff(1999) <= 4, "{turn}, {left}");
    assert_eq!(client.view().match_values[0], 2, "as a bot sees it");
}
