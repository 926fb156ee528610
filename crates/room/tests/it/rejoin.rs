//! A real client in a real room that is resumed at an earlier tick: the client's clock settles again,
//! and its predictions are right again.

use arena::Arena;
use game::{Input, InputFields as _, Pad, Seats};
use netclient::{NetClient, Scene, Welcome};
use protocol::binary::decode_input;
use protocol::{ClientMessage, Encoding, Form, ServerMessage, decode_server};
use room::{Room, Saved};

use crate::support::{empty, seat};

const TICK_US: u64 = 16_667;
const PLAYERS: usize = 3;
/// Ticks that are lost at the end of the journal.
const LOST: u32 = 2;

/// The first player, without latency; the others are connected and send nothing.
struct Player {
    client: Option<NetClient<Arena>>,
    now_us: u64,
}

impl Player {
    /// A new connection to the room.
    fn connect(&mut self, room: &mut Room<Arena>) {
        (0..PLAYERS).for_each(|index| room.handle_connected(seat(index), Encoding::Binary));
        self.take_messages(room);
    }

    /// Advances the room by a tick, and the client by a frame.
    fn frame(&mut self, room: &mut Room<Arena>, input: Input) -> Scene {
        self.now_us += TICK_US;
        room.handle_tick();
        self.take_messages(room);
        let client = self.client.as_mut().expect("a welcome");
        client.set_input(input);
        let scene = client.scene(self.now_us).clone();
        let mut frame = Vec::new();
        if client.poll_transmit(self.now_us, &mut frame) {
            let batch = decode_input(Pad::SCHEMA, &frame).expect("inputs");
            let _ = room.handle_message(seat(0), ClientMessage::Inputs(batch));
        }
        scene
    }

    fn take_messages(&mut self, room: &mut Room<Arena>) {
        let mut bytes = Vec::new();
        while let Some(form) = room.poll_reliable(seat(0), &mut bytes) {
            match form {
                Form::Binary => self.receive(&bytes),
                Form::Text => self.read(&bytes),
            }
            bytes.clear();
        }
        if room.poll_snapshot(seat(0), &mut bytes).is_some() {
            self.receive(&bytes);
        }
    }

    fn receive(&mut self, frame: &[u8]) {
        let client = self.client.as_mut().expect("a welcome");
        client
            .handle_binary(self.now_us, frame)
            .expect("a frame of the room");
    }

    fn read(&mut self, text: &[u8]) {
        let ServerMessage::Welcome(welcome) = decode_server(text).expect("a message") else {
            return;
        };
        let welcome = Welcome {
            seat: seat(welcome.seat.into()),
            tick: welcome.tick,
            settings: protocol::parse_settings(<Arena as game::Game>::SETTINGS, "").expect("none"),
            seats: Seats::first(PLAYERS),
            snapshot_hz: welcome.rates.snapshot_hz,
        };
        match &mut self.client {
            Some(client) => client.handle_reset(self.now_us, &welcome),
            None => self.client = Some(NetClient::new(self.now_us, &welcome)),
        }
    }

    fn corrections(&self) -> u64 {
        self.client
            .as_ref()
            .expect("a welcome")
            .stats(self.now_us)
            .corrections
    }
}

/// Runs in a square, and sometimes shoots.
fn input(frame: u32) -> Input {
    let (dx, dy) = [(100, 0), (0, 100), (-100, 0), (0, -100)][frame as usize / 15 % 4];
    Pad {
        dx,
        dy,
        aim: (frame * 7 % 1024) as u16,
        fire: frame.is_multiple_of(20),
    }
    .into()
}

fn run(player: &mut Player, room: &mut Room<Arena>, frames: u32) -> Scene {
    let mut scene = Scene::default();
    (0..frames).for_each(|frame| scene = player.frame(room, input(frame)));
    scene
}

/// The player's position in the room, px.
fn place(room: &Room<Arena>) -> (f64, f64) {
    let player = &room.mirror().players[0];
    (player.x, player.y)
}

#[test]
fn a_client_continues_at_an_earlier_tick() {
    let mut room = empty(PLAYERS, "", 0);
    let mut player = Player {
        client: None,
        now_us: 0,
    };
    player.connect(&mut room);
    run(&mut player, &mut room, 400);
    let Saved { state, tick, .. } = room.save();
    let mut journal = Vec::new();
    for frame in 0..100 {
        player.frame(&mut room, input(frame));
        let mut entry = Vec::new();
        room.poll_journal(&mut entry);
        journal.push(entry);
    }
    let died_at = room.tick();
    let kept = &journal[..journal.len() - LOST as usize];
    let records = kept.iter().map(|entry| &entry[10..]);
    let (mut room, resumed) = Room::<Arena>::resume(5, 60, &state, records).expect("a room");
    assert_eq!((resumed.from_tick, resumed.tick), (tick, died_at - LOST));

    // No message arrives for two seconds; then the new server continues at an earlier tick.
    player.now_us += 2_000_000;
    player.connect(&mut room);
    let drawn = player
        .client
        .as_mut()
        .expect("a client")
        .scene(player.now_us)
        .clone();
    assert!(
        (drawn.tick - f64::from(resumed.tick)).abs() < 1e-9,
        "it waits with the room"
    );
    run(&mut player, &mut room, 60);
    let settled = player.corrections();
    let scene = run(&mut player, &mut room, 120);
    assert_eq!(player.corrections(), settled, "the predictions are right");
    let ahead = scene.tick - f64::from(room.tick());
    assert!((0.0..4.0).contains(&ahead), "{ahead} ticks ahead");
    let held = room.counters().inputs_held;
    let stopped = (0..60)
        .map(|_| player.frame(&mut room, Input::default()))
        .last();
    assert_eq!(room.counters().inputs_held, held, "every input is in time");
    let body = stopped.expect("a scene").players[0].expect("the player");
    let (x, y) = place(&room);
    let off = (f64::from(body.values[0]) - x).hypot(f64::from(body.values[1]) - y);
    assert!(off < 0.1, "drawn {off} px beside the room's position");
}
