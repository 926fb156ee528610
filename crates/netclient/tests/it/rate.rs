//! A game of 20 Hz over a link without jitter or loss: the clock settles, inputs arrive in time, and
//! others move smoothly.

use std::collections::{BTreeMap, VecDeque};

use game::prelude::*;
use game::{SeatInputs, Sim};
use netclient::{NetClient, Welcome};
use protocol::binary::{Layout, SnapshotHeader, decode_input, encode_full, encode_header};

game::state! {
    /// A match of runners.
    pub struct Runners {
        players: seats(Player),
    }

    /// A player.
    pub struct Player {
        x: length(20, 16),
    }
}

/// Units of 1/16 px in a tick: 200 px a second.
const STEP: i32 = 160;

impl Game for Runners {
    const NAME: &'static str = "runners";
    const RATE: Rate = Rate::Hz(20);
    const CONSTANTS: Constants = &[];

    fn new(_: u64, _: &Settings, roster: &Roster) -> Self {
        let players = Players::of(roster, |_| Player { x: 100_000 });
        Self { players }
    }
    fn join(&mut self, _: &Member) {}
    fn leave(&mut self, _: Seat) {}
    fn step(&mut self, step: Step<'_>) {
        for (player, pad) in self.players.moving::<Pad>(&step) {
            player.x += i32::from(pad.dx.signum()) * STEP;
        }
    }
    fn outcome(&self) -> Option<Ranking> {
        None
    }
    fn is_alive(&self, _: Seat) -> bool {
        true
    }
}

const TICK_US: u64 = 50_000;
const FRAME_US: u64 = 16_667;
/// One-way latency.
const ONE_WAY_US: u64 = 40_000;

/// What a client saw in 20 s, after 3 s to settle.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Ticks without an input of the client.
    starved: u32,
    /// The own tick and the drawn position of the other player; the true position in each tick, px.
    pub(crate) other_drawn: Vec<(f64, f32)>,
    pub(crate) other_was: Vec<f32>,
    /// Drawn movement of the own player and of the other player, px per frame.
    own_steps: Vec<f32>,
    pub(crate) other_steps: Vec<f32>,
}

pub(crate) fn play<G: Game>() -> (NetClient<G>, u64, Seen) {
    let settings = Settings::defaults(&[]);
    let seats = Seats::first(2);
    let mut sim = Sim::<G>::new(0, &settings, &seats.into());
    let welcome = Welcome {
        seat: Seat::new(0).expect("a seat"),
        tick: 0,
        settings,
        seats,
        snapshot_hz: 20,
    };
    let mut client = NetClient::<G>::new(0, &welcome);
    let mut up = VecDeque::<(u64, Vec<u8>)>::new();
    let mut down = VecDeque::<(u64, Vec<u8>)>::new();
    let (mut waiting, mut ack, mut margin) = (BTreeMap::new(), None, 0);
    let (mut seen, mut before) = (Seen::default(), None);
    let (mut tick_us, mut frame_us) = (TICK_US, 0);
    while frame_us < 23_000_000 {
        if tick_us <= frame_us {
            while let Some((_, frame)) = up.pop_front_if(|(due_us, _)| *due_us <= tick_us) {
                let batch = decode_input(Pad::SCHEMA, &frame).expect("an input");
                let next = sim.tick() + 1;
                margin = (i64::from(batch.tick) - i64::from(next)) as i8;
                waiting.extend(batch.stamped().filter(|&(tick, _)| tick >= next));
            }
            let own = waiting.remove(&(sim.tick() + 1));
            ack = own.map(|_| sim.tick() + 1).or(ack);
            seen.starved += u32::from(own.is_none() && tick_us > 3_000_000);
            let mut inputs = SeatInputs::default();
            inputs[0].input = own.unwrap_or_default();
            // The other player runs right and left too.
            inputs[1].input = run(tick_us);
            seen.other_was.push(place_of(&sim));
            sim.step(&inputs, Mode::Authority, &mut Vec::new());
            down.push_back((tick_us + ONE_WAY_US, snapshot(&sim, ack, margin)));
            tick_us += TICK_US;
            continue;
        }
        while let Some((due_us, frame)) = down.pop_front_if(|(due_us, _)| *due_us <= frame_us) {
            client.handle_binary(due_us, &frame).expect("a snapshot");
        }
        client.set_input(run(frame_us));
        let scene = client.scene(frame_us);
        let place = |seat: usize| scene.players[seat].map_or(0.0, |body| body.values[0]);
        let now = (place(0), place(1));
        if let (Some((own, other)), true) = (before.replace(now), frame_us > 3_000_000) {
            let (own, other): (f32, f32) = (now.0 - own, now.1 - other);
            seen.own_steps.push(own.abs());
            seen.other_steps.push(other.abs());
            seen.other_drawn.push((scene.tick, now.1));
        }
        let mut frame = Vec::new();
        if client.poll_transmit(frame_us, &mut frame) {
            up.push_back((frame_us + ONE_WAY_US, frame));
        }
        frame_us += FRAME_US;
    }
    (client, frame_us, seen)
}

/// One second to the right, then one second to the left.
fn run(at_us: u64) -> Input {
    let dx = if (at_us / 1_000_000).is_multiple_of(2) {
        127
    } else {
        -127
    };
    let pad = Pad {
        dx,
        ..Pad::default()
    };
    pad.into()
}

fn place_of<G: Game>(sim: &Sim<G>) -> f32 {
    let mut view = View::default();
    sim.read(&mut view);
    let other = Seat::new(1).and_then(|seat| view.seat(seat));
    other.map_or(0.0, |values| values[0] as f32 / 16.0)
}

fn snapshot<G: Game>(sim: &Sim<G>, ack: Option<u32>, margin: i8) -> Vec<u8> {
    let mut view = View::default();
    sim.read(&mut view);
    let header = SnapshotHeader {
        tick: view.tick,
        baseline: None,
        ack: ack.filter(|ack| view.tick - ack <= 62),
        margin,
    };
    let mut frame = Vec::new();
    encode_header(&header, &mut frame);
    encode_full(Layout::of::<G>(), &view, &mut frame);
    frame
}

#[test]
fn without_jitter_every_tick_has_an_input_and_nothing_is_corrected() {
    let (client, now_us, seen) = play::<Runners>();
    let stats = client.stats(now_us);
    assert_eq!((seen.starved, stats.corrections), (0, 0), "{stats:?}");
    assert_eq!(stats.underruns, 0, "{stats:?}");
    assert!((0..=2).contains(&stats.margin_ticks), "{stats:?}");
    assert!((60.0..=140.0).contains(&stats.round_trip_ms), "{stats:?}");
}

#[test]
fn the_view_delay_is_one_interval_plus_the_round_trip() {
    let (client, now_us, _) = play::<Runners>();
    let stats = client.stats(now_us);
    // A tick to interpolate over, the round trip, and the margin of an input.
    let view_delay_ms = stats.view_delay_ticks * TICK_US as f32 / 1e3;
    assert!((120.0..=250.0).contains(&view_delay_ms), "{stats:?}");
    assert!((0.9..=1.1).contains(&stats.interval_ticks), "{stats:?}");
}

#[test]
fn all_players_move_in_each_frame_between_ticks() {
    let (_, _, seen) = play::<Runners>();
    let px_a_frame = 200.0 * FRAME_US as f32 / 1e6;
    for (steps, most) in [(&seen.own_steps, 2.5), (&seen.other_steps, 1.6)] {
        let longest = steps.iter().copied().fold(0.0, f32::max);
        assert!(longest < most * px_a_frame, "{longest} px in a frame");
        let smooth = steps.iter().filter(|&&px| px > 0.6 * px_a_frame).count();
        assert!(
            smooth * 100 > steps.len() * 85,
            "{smooth} of {}",
            steps.len()
        );
    }
}
