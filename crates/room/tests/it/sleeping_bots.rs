//! Bots of a game that waits for its players: the room sleeps, and its bots decide ten times per second.

use game::prelude::*;
use room::{BOT_FRAMES, Room};

use crate::bots::{connect, terms, with_bots};
use crate::support::{config, players, seat, snapshot};

game::state! {
    /// A match that ends with its turns.
    pub struct Turns {
        turn: count(8),
        ready: timer(12),
        players: seats(Mover),
    }

    /// A player.
    pub struct Mover { moves: count(8) }
}

impl Game for Turns {
    const NAME: &'static str = "turns";
    const RATE: Rate = Rate::OnCommand;
    const CONSTANTS: Constants = &[];
    const COMMANDS: &'static [CommandKind] = &[CommandKind::new("move", &[])];

    fn new(_: u64, _: &Settings, roster: &Roster) -> Self {
        Self {
            turn: 0,
            ready: 100,
            players: Players::of(roster, |_| Mover::default()),
        }
    }

    fn command(&mut self, seat: Seat, _: &Command) -> Result<(), Refusal> {
        if self.turn as usize % 2 != seat.index() || self.ready > 0 {
            return Err(Refusal("not_your_turn"));
        }
        self.players.change(seat, |player| player.moves += 1);
        (self.turn, self.ready) = (self.turn + 1, 100);
        Ok(())
    }

    fn step(&mut self, _: Step<'_>) {}

    fn outcome(&self) -> Option<Ranking> {
        None
    }
}

/// Moves in its turn, once the timer has ended.
struct Patient;

impl Bot for Patient {
    fn new(_: u64) -> Self {
        Self
    }

    fn command(&mut self, view: &View, own: Seat) -> Option<Command> {
        let &[turn, ready] = view.match_values.as_slice() else {
            return None;
        };
        (turn as usize % 2 == own.index() && ready == 0).then(|| Command::new(0, &[]))
    }
}

#[test]
fn a_bot_of_a_sleeping_room_decides_ten_times_per_second() {
    let mut room = Room::<Turns>::new(config::<Turns>("", 60), with_bots(1, 2)).expect("a room");
    room.allow_bots(terms(|seed| Box::new(Patient::new(seed))));
    connect(&mut room, 0);
    room.handle_tick();
    assert_eq!(room.tick(), 1);
    let request = |id| {
        protocol::ClientMessage::Command(protocol::CommandMessage {
            id,
            name: "move".into(),
            args: Vec::new(),
            text: String::new(),
        })
    };
    let mut frames = 0;
    let mut sleep = |room: &mut Room<Turns>, until: u32| {
        while frames < until {
            let wakes_in = room.wakes_in().expect("bots look").min(until - frames);
            assert!((1..=BOT_FRAMES).contains(&wakes_in), "{wakes_in}");
            frames += wakes_in;
            room.handle_frames(wakes_in);
            room.handle_wake();
        }
        let seen = snapshot(room, 0);
        seen.map(|seen| seen.match_fields["turn"].number().expect("a number"))
    };
    sleep(&mut room, 150);
    room.handle_message(seat(0), request(1)).expect("a command");
    assert_eq!(sleep(&mut room, 156), Some(1.0));
    sleep(&mut room, 250);
    assert_eq!(
        sleep(&mut room, 256 + BOT_FRAMES),
        Some(2.0),
        "the bot's turn"
    );
}

#[test]
fn a_sleeping_room_is_not_woken_for_bots_while_all_players_are_connected() {
    let mut room = Room::<Turns>::new(config::<Turns>("", 60), players(2)).expect("a room");
    room.allow_bots(terms(|seed| Box::new(Patient::new(seed))));
    connect(&mut room, 0);
    connect(&mut room, 1);
    room.handle_tick();
    assert_eq!(room.wakes_in(), Some(99));
    room.handle_disconnected(seat(1));
    room.handle_frames(1);
    room.handle_wake();
    assert_eq!(room.wakes_in(), Some(BOT_FRAMES - 2));
}
