//! A room of 20 Hz: its times in seconds equal those of a room of 60 Hz.

use game::prelude::*;
use protocol::{ClientMessage, Encoding, GameMessage, ServerMessage, Snapshot};
use room::{CHAT_BURST, HOLD_FRAMES_MAX, Room};

use crate::support::{config, input, players, seat, snapshot, take_messages, tick};

game::state! {
    /// A match that counts how long its players hold fire.
    pub struct Slow {
        ticks: hidden(u32),
        players: seats(Player),
    }

    /// A player.
    pub struct Player {
        fired: count(16),
        delay: count(16),
    }
}

impl Game for Slow {
    const NAME: &'static str = "slow";
    const RATE: Rate = Rate::Hz(20);
    const CONSTANTS: Constants = &[];

    fn new(_: u64, _: &Settings, roster: &Roster) -> Self {
        let players = Players::of(roster, |_| Player::default());
        Self { ticks: 0, players }
    }
    fn join(&mut self, _: &Member) {}
    fn leave(&mut self, _: Seat) {}
    fn step(&mut self, step: Step<'_>) {
        self.ticks += 1;
        for (seat, player) in self.players.iter_mut() {
            player.fired += u32::from(step.input::<Pad>(seat).dx != 0);
            player.delay = step.inputs[seat.index()].view_delay.into();
        }
    }
    fn outcome(&self) -> Option<Ranking> {
        let is_over = self.ticks == 60 * Self::RATE.ticks_per_second();
        is_over.then(|| self.players.ranking(|_| Standing::default()))
    }
    fn is_alive(&self, _: Seat) -> bool {
        true
    }
}

/// A room with two connected players.
fn running(encoding: Encoding) -> Room<Slow> {
    let mut room = Room::new(config::<Slow>("", 300), players(2)).expect("a room");
    room.handle_connected(seat(0), encoding);
    room.handle_connected(seat(1), encoding);
    tick(&mut room, 1);
    room
}

#[test]
fn a_player_gets_a_snapshot_of_each_tick() {
    let mut room = running(Encoding::Json);
    let messages = take_messages(&mut room, 0);
    let Some(ServerMessage::Welcome(welcome)) = messages.first() else {
        panic!("{messages:?}")
    };
    assert_eq!((welcome.rates.tick_hz, welcome.rates.snapshot_hz), (20, 20));
    for expected in 1..100 {
        let shown = snapshot(&mut room, 0).expect("a snapshot a tick");
        assert_eq!(shown.tick, expected);
        tick(&mut room, 1);
    }
}

#[test]
fn the_load_shedder_can_halve_the_snapshot_rate() {
    let mut room = running(Encoding::Json);
    for (limit, expected) in [(2, 20), (3, 20), (6, 10)] {
        snapshot(&mut room, 0);
        room.limit_snapshots(limit);
        let mut snapshots = 0;
        for _ in 0..20 {
            tick(&mut room, 1);
            snapshots += u32::from(snapshot(&mut room, 0).is_some());
        }
        assert_eq!(snapshots, expected, "one in {limit} frames");
    }
}

#[test]
fn an_input_is_held_for_a_quarter_of_a_second() {
    let mut room = running(Encoding::Json);
    let run = input(None, (1.0, 0.0), false);
    room.handle_message(seat(0), run).expect("taken");
    tick(&mut room, 40);
    let shown = snapshot(&mut room, 0).expect("a snapshot");
    let held = HOLD_FRAMES_MAX / Slow::RATE.frames_per_tick();
    assert_eq!(number(&shown, "fired"), 1 + held);
}

#[test]
fn a_view_delay_is_at_most_a_quarter_of_a_second() {
    let mut room = running(Encoding::Json);
    tick(&mut room, 40);
    let late = ClientMessage::Input {
        tick: None,
        input: Pad::default().into(),
        seen: Some(30),
        view_delay: Some(u16::MAX),
    };
    room.handle_message(seat(0), late).expect("taken");
    tick(&mut room, 1);
    let shown = snapshot(&mut room, 0).expect("a snapshot");
    assert_eq!(number(&shown, "delay"), 5 * 16);
}

#[test]
fn game_messages_have_the_same_rate_per_second() {
    let mut room = running(Encoding::Json);
    let mut sent = 0;
    for _ in 0..10 * Slow::RATE.ticks_per_second() {
        let message = GameMessage {
            id: None,
            name: "wave".into(),
            payload: "1".into(),
        };
        let accepted = room.handle_message(seat(0), ClientMessage::Message(message));
        sent += u32::from(accepted.is_ok());
        take_messages(&mut room, 0);
        take_messages(&mut room, 1);
        tick(&mut room, 1);
    }
    assert!((39..=40 + CHAT_BURST).contains(&sent), "{sent}");
}

fn number(shown: &Snapshot, field: &str) -> u32 {
    let value = shown.players["p0"].fields[field].number();
    value.expect("a number") as u32
}
