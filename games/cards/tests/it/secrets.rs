//! Hidden hands: no byte that a player gets depends on the hand of another player.
//! A replay shows all hands; `functions/tests/it/replays.rs` checks that it is not available before the
//! match is over.

use cards::Cards;
use game::prelude::*;
use game::{BadState, Reader, Schema, State};
use protocol::{ClientMessage, CommandMessage, Encoding};
use room::{Room, RoomConfig};

use crate::support::{filtered, seat, settings, table, text};

/// Cards in which the seed decides only the hand of seat 1: it exchanges these cards with some at
/// the bottom of the deck, which are never drawn.
#[derive(Clone, Debug)]
struct Dealt(Cards);

impl State for Dealt {
    const SCHEMA: &'static Schema = Cards::SCHEMA;

    fn read(&self, view: &mut View) {
        self.0.read(view);
    }

    fn load(&mut self, view: &View) -> Result<(), BadState> {
        self.0.load(view)
    }

    fn show_away(&mut self, seat: Seat, away: bool) {
        self.0.show_away(seat, away);
    }

    fn pass(&mut self, ticks: u32) {
        self.0.pass(ticks);
    }

    fn due_in(&self) -> Option<u32> {
        self.0.due_in()
    }

    fn save(&self, out: &mut Vec<u8>) {
        self.0.save(out);
    }

    fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState> {
        Cards::restore(bytes).map(Self)
    }
}

impl Game for Dealt {
    const NAME: &'static str = Cards::NAME;
    const RATE: Rate = Cards::RATE;
    const SETTINGS: &'static [Setting] = Cards::SETTINGS;
    const CONSTANTS: Constants = Cards::CONSTANTS;
    const COMMANDS: &'static [CommandKind] = Cards::COMMANDS;
    const STATS: &'static [&'static str] = Cards::STATS;

    fn new(seed: u64, settings: &Settings, _: &Roster) -> Self {
        let mut cards = table("g5", &["r1 r2", "y1 y2 y3", "b1 b2"]);
        cards.turn_ticks = settings.0[1] as u32 * TICKS_PER_SECOND;
        cards.match_left = settings.0[0] as u32 * TICKS_PER_SECOND;
        cards.turn_left = cards.turn_ticks;
        if seed > 0 {
            let bottom = &mut cards.deck[seed as usize..];
            cards.players.change(seat(1), |player| {
                let hand = [&mut player.card1, &mut player.card2, &mut player.card3];
                for (held, card) in hand.into_iter().zip(bottom) {
                    (*held, *card) = ((*card).into(), *held as u8);
                }
            });
        }
        Self(cards)
    }

    fn join(&mut self, member: &Member) {
        self.0.join(member);
    }

    fn leave(&mut self, seat: Seat) {
        self.0.leave(seat);
    }

    fn command(&mut self, seat: Seat, command: &Command) -> Result<(), Refusal> {
        self.0.command(seat, command)
    }

    fn step(&mut self, step: Step<'_>) {
        self.0.step(step);
    }

    fn outcome(&self) -> Option<Ranking> {
        self.0.outcome()
    }

    fn stat(&self, seat: Seat, name: &str) -> i32 {
        self.0.stat(seat, name)
    }

    fn is_alive(&self, seat: Seat) -> bool {
        self.0.is_alive(seat)
    }
}

/// A match of 40 s in which a turn lasts 5 s.
const TICKS: u32 = 40 * TICKS_PER_SECOND;

fn room(seed: u64, encoding: Encoding) -> Room<Dealt> {
    let config = RoomConfig {
        room_id: "main.r1".into(),
        epoch: 4,
        seed,
        settings: settings(40, 5),
        grace_frames: 0,
    };
    let player = |index: usize| room::Player {
        player_id: format!("p{index}"),
        name: format!("Player {index}"),
        colors: vec![format!("#00000{index}")],
        ..room::Player::default()
    };
    let mut room = Room::new(config, (0..3).map(player).collect()).expect("a room");
    for index in 0..3 {
        room.handle_connected(seat(index), encoding);
    }
    room
}

fn send(room: &mut Room<Dealt>, index: usize, id: u32, name: &str, card: Option<u32>) {
    let args = card.map(|card| ("card".to_owned(), i64::from(card)));
    let command = CommandMessage {
        id,
        name: name.to_owned(),
        args: args.into_iter().collect(),
        text: String::new(),
    };
    // A flood is refused with a result.
    let _ = room.handle_message(seat(index), ClientMessage::Command(command));
}

/// Seats 0 and 2 try to play every card, in their turn and in other turns. Seat 1
/// tries a card that it holds with seed 0 only, and otherwise cards that it has drawn.
fn act(room: &mut Room<Dealt>, tick: u32) {
    if tick.is_multiple_of(4) {
        send(room, 0, tick, "play_card", Some(tick / 4 % 64));
        send(room, 2, tick, "play_card", Some(tick / 4 % 64));
    }
    if tick.is_multiple_of(60) {
        let card = if tick < 900 { 13 } else { 3 + tick / 60 % 8 };
        send(room, 1, tick, "play_card", Some(card));
    }
    if tick % 600 == 599 {
        send(room, 1, tick, "draw", None);
    }
}

/// All messages to a seat in a match, and the views of the room for the lobby.
#[derive(Default, PartialEq)]
struct Got {
    bytes: Vec<u8>,
    mirrors: Vec<String>,
}

fn everything(seed: u64, index: usize, encoding: Encoding) -> Got {
    let mut room = room(seed, encoding);
    let (mut got, mut others) = (Got::default(), Vec::new());
    for tick in 1..=TICKS + 10 {
        act(&mut room, tick);
        room.handle_tick();
        while room.poll_reliable(seat(index), &mut got.bytes).is_some() {}
        if tick % 7 != 3 {
            room.poll_snapshot(seat(index), &mut got.bytes);
        }
        for other in (0..3).filter(|&other| other != index) {
            while room.poll_reliable(seat(other), &mut others).is_some() {}
            if tick % 3 != 0 {
                room.poll_snapshot(seat(other), &mut others);
            }
        }
        // A client that reconnects gets a welcome and a full snapshot.
        if tick % 500 == 0 && tick < TICKS {
            room.handle_disconnected(seat(index));
            room.handle_connected(seat(index), encoding);
        }
        if tick % 100 == 0 {
            got.mirrors.push(format!("{:?}", room.mirror()));
        }
    }
    assert!(room.outcome().is_some() && room.counters().commands_refused > 500);
    got
}

#[test]
fn no_byte_depends_on_the_hand_of_another_player() {
    for encoding in Encoding::ALL {
        for index in [0, 2] {
            let first = everything(0, index, encoding);
            assert!(first.bytes.len() > 10_000 && first.mirrors.len() > 20);
            for seed in 1..8 {
                let got = everything(seed, index, encoding);
                assert!(got == first, "{encoding:?}, seat {index}, hand {seed}");
            }
        }
        // The owner of the hand gets it.
        assert!(everything(0, 1, encoding) != everything(1, 1, encoding));
    }
}

/// The filtered recording of the match.
fn watched(seed: u64) -> Vec<u8> {
    let mut room = room(seed, Encoding::Binary);
    for tick in 1..=TICKS + 10 {
        act(&mut room, tick);
        room.handle_tick();
    }
    assert!(room.outcome().is_some());
    filtered::<Dealt>(&room.replay_header(0), &room.save().replay)
}

#[test]
fn no_byte_that_watchers_get_depends_on_a_hand() {
    let first = watched(0);
    assert!(first.len() > 4_000, "{}", first.len());
    for seed in 1..8 {
        assert!(watched(seed) == first, "hand {seed}");
    }
}

#[test]
fn the_hidden_hands_of_this_test_differ_and_are_never_played() {
    let hand = |seed| {
        let dealt = Dealt::new(seed, &settings(40, 5), &Roster::of(3));
        let player = dealt.0.players.get(seat(1)).expect("a player");
        player.hand().map(text).collect::<Vec<_>>().join(" ")
    };
    let hands: Vec<String> = (0..8).map(hand).collect();
    assert_eq!(hands[..2], ["y1 y2 y3", "b11 b10 b9"]);
    let got = everything(0, 0, Encoding::Json);
    let text = String::from_utf8_lossy(&got.bytes);
    for part in [
        "not_your_turn",
        "not_your_card",
        "timed_out",
        "\"over\"",
        "cards_played",
    ] {
        assert!(text.contains(part), "{part}");
    }
    // JSON shows the top of the pile.
    assert!(text.contains("\"top\":5") && !text.contains("\"top\":13"));
}
