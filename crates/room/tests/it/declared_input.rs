//! A game that declares its input: every kind of field reaches the rules, as JSON and as bits, and
//! late or absent players hold the fields whose kinds are held.

use game::RandomBot;
use game::prelude::*;
use game::testing::play;
use protocol::binary::{InputBatch, encode_input};
use protocol::replay::Replay;
use protocol::{Encoding, Form, Value, decode_client};
use room::Room;

use crate::support::{config, next_snapshot, players, seat, tick};

game::input! {
    /// A field of every kind.
    pub struct Controls {
        jump: button,
        crouch: hold,
        throttle: axis,
        way: direction,
        aim: angle,
        item: choice(5),
        level: count(9),
    }
}

game::state! {
    /// A match that shows the inputs of its players.
    pub struct Mirror {
        ticks: hidden(u32),
        players: seats(Player),
    }

    /// A player.
    pub struct Player {
        jumps: count(16),
        crouches: flag,
        throttle: count(8),
        way_x: count(8),
        way_y: count(8),
        aim: angle,
        item: count(3),
        level: count(9),
    }
}

impl Game for Mirror {
    const NAME: &'static str = "mirror";
    const CONSTANTS: Constants = &[];
    const INPUT: &'static InputSchema = Controls::SCHEMA;

    fn new(_: u64, _: &Settings, roster: &Roster) -> Self {
        Self {
            ticks: 0,
            players: Players::of(roster, |_| Player::default()),
        }
    }

    fn join(&mut self, _: &Member) {}
    fn leave(&mut self, _: Seat) {}

    fn step(&mut self, step: Step<'_>) {
        for (player, input) in self.players.moving(&step) {
            player.hold(input);
        }
        self.ticks += 1;
    }

    fn outcome(&self) -> Option<Ranking> {
        let is_over = self.ticks == 600;
        is_over.then(|| self.players.ranking(|_| Standing::default()))
    }

    fn is_alive(&self, _: Seat) -> bool {
        true
    }
}

impl Player {
    fn hold(&mut self, input: Controls) {
        *self = Self {
            jumps: self.jumps + u32::from(input.jump),
            crouches: input.crouch,
            throttle: (input.throttle as u8).into(),
            way_x: (input.way.x as u8).into(),
            way_y: (input.way.y as u8).into(),
            aim: input.aim,
            item: input.item.into(),
            level: input.level,
        };
    }
}

const HELD: &str = r#"{"type":"input","jump":true,"crouch":true,"throttle":-0.5,"way":[0,-3],"aim":1.570796,"item":4,"level":300}"#;

fn held() -> Controls {
    Controls {
        jump: true,
        crouch: true,
        throttle: -64,
        way: Direction { x: 0, y: -127 },
        aim: 256,
        item: 4,
        level: 300,
    }
}

/// A match of three players, at tick 10; the third one watches.
fn mirror() -> Room<Mirror> {
    let mut room = Room::new(config::<Mirror>("", 0), players(3)).expect("a room");
    room.handle_connected(seat(0), Encoding::Json);
    room.handle_connected(seat(1), Encoding::Binary);
    room.handle_connected(seat(2), Encoding::Json);
    tick(&mut room, 10);
    next_snapshot(&mut room, 2);
    room
}

/// A player in the next snapshot, in the order of the fields, in thousandths; angles in
/// radians.
fn shown(room: &mut Room<Mirror>, index: usize) -> [i64; 8] {
    let fields = &next_snapshot(room, 2).players[&format!("p{index}")].fields;
    let names = [
        "jumps", "crouches", "throttle", "way_x", "way_y", "aim", "item", "level",
    ];
    names.map(|name| match fields[name] {
        Value::Flag(flag) => i64::from(flag) * 1000,
        ref value => (value.number().expect(name) * 1000.0) as i64,
    })
}

fn send(room: &mut Room<Mirror>, index: usize, form: Form, bytes: &[u8]) {
    let message = decode_client(Controls::SCHEMA, form, bytes).expect("an input");
    room.handle_message(seat(index), message).expect("in time");
}

const SHOWN: [i64; 8] = [1000, 1000, 192_000, 0, 129_000, 1570, 4000, 300_000];

#[test]
fn every_field_kind_reaches_the_rules_as_text_and_as_bits() {
    let mut room = mirror();
    let batch = InputBatch::new(room.tick() + 1, &[held().into()], None, 0).expect("an input");
    let mut frame = Vec::new();
    encode_input(Controls::SCHEMA, &batch, &mut frame);
    send(&mut room, 0, Form::Text, HELD.as_bytes());
    send(&mut room, 1, Form::Binary, &frame);
    tick(&mut room, 1);
    assert_eq!(shown(&mut room, 0), SHOWN);
    assert_eq!(shown(&mut room, 1), SHOWN);
}

#[test]
fn a_late_player_holds_everything_but_the_button() {
    let mut room = mirror();
    send(&mut room, 0, Form::Text, HELD.as_bytes());
    tick(&mut room, 10);
    assert_eq!(shown(&mut room, 0), SHOWN, "it jumped once");
}

#[test]
fn an_absent_player_keeps_the_angle_and_the_choice() {
    let mut room = mirror();
    send(&mut room, 0, Form::Text, HELD.as_bytes());
    tick(&mut room, 1);
    room.handle_disconnected(seat(0));
    tick(&mut room, 1);
    let expected = [1000, 0, 0, 0, 0, 1570, 4000, 0];
    assert_eq!(shown(&mut room, 0), expected);
}

#[test]
fn a_button_counts_in_any_of_two_inputs_for_a_tick() {
    let mut room = mirror();
    send(&mut room, 0, Form::Text, HELD.as_bytes());
    let released = HELD.replace("true", "false");
    send(&mut room, 0, Form::Text, released.as_bytes());
    let [jumps, crouches, ..] = shown(&mut room, 0);
    assert_eq!((jumps, crouches), (1000, 0));
}

#[test]
fn a_resumed_room_and_a_replay_have_the_inputs() {
    let mut room = mirror();
    send(&mut room, 0, Form::Text, HELD.as_bytes());
    tick(&mut room, 5);
    let saved = room.save();
    let tick = room.tick();
    let settings = Settings::defaults(Mirror::SETTINGS);
    let mut replay =
        Replay::<Mirror>::new(0, &settings, &Roster::of(3), &saved.replay).expect("a replay");
    replay.seek(tick).expect("a record");
    let mut view = View::default();
    replay.view(&mut view);
    let held: Player = view.player(seat(0)).expect("a player");
    assert_eq!((held.jumps, held.item, held.level), (1, 4, 300));
    let resumed = Room::<Mirror>::resume(2, 0, &saved.state, std::iter::empty());
    let (mut resumed, _) = resumed.expect("a room");
    resumed.handle_connected(seat(2), Encoding::Json);
    let shown = shown(&mut resumed, 0);
    assert_eq!((shown[0], shown[6]), (1000, 4000), "{shown:?}");
}

#[test]
fn a_random_bot_plays_any_input() {
    let sim = play::<Mirror, RandomBot<Controls>>(1, 3);
    let players = sim.game().players.iter();
    let jumps: u32 = players.map(|(_, player)| player.jumps).sum();
    assert!((50..200).contains(&jumps), "{jumps} jumps in 1800 ticks");
}

#[test]
#[should_panic(expected = "the game needs `const INPUT")]
fn the_tests_of_a_game_fail_if_it_reads_an_undeclared_input() {
    let _: Pad = Step {
        tick: 1,
        inputs: &game::SeatInputs::default(),
        input_schema: Mirror::INPUT,
        mode: game::Mode::Authority,
        past: &game::Past::default(),
        events: &mut Vec::new(),
    }
    .input(seat(0));
}
