//! A game that sends an event every tick and never ends.

use game::{
    Arg, ArgKind, BadState, EventKind, Game, Kind, Member, Pose, Ranking, Reader, Roster, Schema,
    Seat, Setting, Settings, State, Step, View,
};
use protocol::{CloseCode, Encoding};
use room::{QUEUE_MESSAGES_MAX, Room};

use crate::support::{config, players, seat, snapshot, take_message_types, tick};

#[derive(Clone)]
struct Chatty;

impl Game for Chatty {
    const NAME: &'static str = "chatty";
    const SETTINGS: &'static [Setting] = &[];
    const CONSTANTS: &'static [(&'static str, u32)] = &[];
    const STATS: &'static [&'static str] = &["seat", "left_of"];

    fn new(_: u64, _: &Settings, _: &Roster) -> Self {
        Self
    }
    fn join(&mut self, _: &Member) {}
    fn leave(&mut self, _: Seat) {}
    fn set_away(&mut self, _: Seat, _: bool) {}
    fn step(&mut self, step: Step<'_>) {
        step.events.push(game::Event::new(0, &[step.tick.into()]));
    }
    fn outcome(&self) -> Option<Ranking> {
        None
    }
    fn stat(&self, seat: Seat, name: &str) -> i32 {
        let seat = seat.index() as i32;
        if name == "seat" { seat } else { seat - 1 }
    }
    fn is_alive(&self, _: Seat) -> bool {
        true
    }
    fn pose(&self, _: Seat) -> Option<Pose> {
        None
    }
}

impl State for Chatty {
    const SCHEMA: &'static Schema = &Schema {
        match_fields: &[],
        private: 0,
        seat: &[],
        entities: &[],
        events: &[EventKind {
            name: "tick",
            args: &[Arg {
                name: "at",
                kind: ArgKind::Value(Kind::Count),
            }],
        }],
    };

    fn read(&self, view: &mut View) {
        Seat::all().for_each(|seat| view.show(seat, &[]));
    }
    fn load(&mut self, _: &View) -> Result<(), BadState> {
        Ok(())
    }
    fn save(&self, _: &mut Vec<u8>) {}
    fn restore(_: &mut Reader<'_>) -> Result<Self, BadState> {
        Ok(Self)
    }
}

fn chatty() -> Room<Chatty> {
    let mut room = Room::new(config::<Chatty>("", 0), players(2)).expect("a room");
    room.handle_connected(seat(0), Encoding::Json);
    room.handle_connected(seat(1), Encoding::Json);
    room
}

#[test]
fn a_player_who_does_not_read_reliable_messages_is_closed_and_away() {
    let mut room = chatty();
    for _ in 0..QUEUE_MESSAGES_MAX - 1 {
        room.handle_tick();
        take_message_types(&mut room, 1);
    }
    assert_eq!(
        (room.poll_close(seat(0)), room.counters().queues_overflowed),
        (None, 0)
    );
    room.handle_tick();
    assert_eq!(room.poll_close(seat(0)), Some(CloseCode::TooSlow));
    assert_eq!(room.poll_close(seat(0)), None);
    assert_eq!(room.counters().queues_overflowed, 1);
    assert_eq!(take_message_types(&mut room, 0), [""; 0]);
    assert_eq!(take_message_types(&mut room, 1), ["tick"]);
    assert_eq!(room.poll_close(seat(1)), None);
    let seen = snapshot(&mut room, 1).expect("a snapshot is due");
    assert!(!seen.players["p0"].online && seen.players["p1"].online);

    room.handle_connected(seat(0), Encoding::Json);
    assert_eq!(take_message_types(&mut room, 0), ["welcome"]);
}

#[test]
fn a_game_that_never_ends_ends_when_everyone_has_left() {
    let mut room = chatty();
    tick(&mut room, 10);
    room.handle_left(seat(0));
    tick(&mut room, 10);
    assert_eq!(room.outcome(), None);
    room.handle_left(seat(1));
    room.handle_tick();
    let scores = &room.outcome().expect("an outcome").scores;
    assert_eq!(
        scores
            .iter()
            .map(|score| (score.rank, score.score))
            .collect::<Vec<_>>(),
        [(1, 0), (1, 0)]
    );
    let stats: Vec<_> = scores
        .iter()
        .map(|score| (score.stats["seat"], score.stats["left_of"]))
        .collect();
    assert_eq!(stats, [(0, -1), (1, 0)]);
}

#[test]
fn a_game_without_positions_has_its_players_in_the_mirror() {
    let mut room = chatty();
    room.handle_disconnected(seat(1));
    let shown = room.mirror().players;
    let shown: Vec<_> = shown.iter().map(|p| (p.x, p.y, p.online)).collect();
    assert_eq!(shown, [(0.0, 0.0, true), (0.0, 0.0, false)]);
}
