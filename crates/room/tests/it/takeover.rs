//! The messages that players get when another relay takes over their room.

use arena::Arena;
use game::{
    BadState, Game, Member, Pose, Ranking, Reader, Roster, Schema, Seat, Setting, Settings, State,
    Step, View,
};
use protocol::record::{prefixed, push_prefixed};
use protocol::replay::Replay;
use protocol::{CloseCode, Encoding, Moved, ServerMessage};
use room::{Refused, Room, UNSAVED_BYTES_MAX};

use crate::support::{
    config, empty, input, next_snapshot, players, running, seat, snapshot, take_message_types,
    take_messages, tick,
};

const GRACE_FRAMES: u32 = 60;

/// The room at another relay, from its last checkpoint.
fn moved<G: Game>(room: &mut Room<G>) -> Room<G> {
    let state = room.save().state;
    let (room, _) = Room::resume(5, GRACE_FRAMES, &state, std::iter::empty()).expect("a room");
    room
}

#[test]
fn the_new_relay_welcomes_and_awaits_every_connected_player() {
    let mut before = running(3, 100);
    before.handle_disconnected(seat(2));
    before.handle_tick();
    let mut room = moved(&mut before);
    assert_eq!((room.tick(), room.epoch()), (101, 5));
    room.handle_connected(seat(0), Encoding::Json);
    tick(&mut room, GRACE_FRAMES - 1);
    let welcome = match take_messages(&mut room, 0).as_slice() {
        [ServerMessage::Welcome(welcome)] => (welcome.epoch, welcome.tick, welcome.seat),
        other => panic!("{other:?}"),
    };
    assert_eq!(welcome, (5, 101, 0));
    let seen = snapshot(&mut room, 0).expect("a snapshot");
    let online = ["p0", "p1", "p2"].map(|player| seen.players[player].online);
    assert_eq!((seen.tick, online), (101, [true, false, false]));
    let early = room.handle_message(seat(0), input(None, (1.0, 0.0), true));
    assert_eq!(early, Err(Refused::NotRunning));

    // The player who was away before is not awaited.
    room.handle_connected(seat(1), Encoding::Json);
    assert!(!room.poll_journal(&mut Vec::new()));
    room.handle_tick();
    assert_eq!(room.tick(), 102);
    assert!(room.poll_journal(&mut Vec::new()));
    let seen = next_snapshot(&mut room, 0);
    assert!(seen.players["p1"].online && !seen.players["p2"].online);
}

#[test]
fn a_player_who_does_not_reconnect_in_time_is_away() {
    let mut room = moved(&mut running(3, 100));
    room.handle_connected(seat(1), Encoding::Json);
    tick(&mut room, GRACE_FRAMES);
    assert_eq!(room.tick(), 100);
    room.handle_tick();
    assert_eq!(room.tick(), 101);
    let seen = next_snapshot(&mut room, 1);
    let online = ["p0", "p1", "p2"].map(|player| seen.players[player].online);
    assert_eq!(online, [false, true, false]);
}

#[test]
fn a_player_who_forfeits_during_the_takeover_is_not_awaited() {
    let mut room = moved(&mut running(3, 100));
    room.handle_connected(seat(0), Encoding::Json);
    room.handle_connected(seat(1), Encoding::Json);
    room.handle_left(seat(2));
    room.handle_tick();
    assert_eq!(room.tick(), 101);
    room.handle_connected(seat(2), Encoding::Json);
    assert_eq!(room.poll_close(seat(2)), Some(CloseCode::Left));
    let mut again = moved(&mut room);
    again.handle_connected(seat(2), Encoding::Json);
    assert_eq!(
        again.poll_close(seat(2)),
        Some(CloseCode::Left),
        "permanently"
    );
}

#[test]
fn a_match_that_had_not_begun_still_waits_for_all_players() {
    let mut before = empty(3, "", 300);
    before.handle_connected(seat(0), Encoding::Json);
    tick(&mut before, 200);
    let mut room = moved(&mut before);
    room.handle_connected(seat(0), Encoding::Json);
    tick(&mut room, 299);
    assert_eq!(room.tick(), 0);
    tick(&mut room, 2);
    assert_eq!(room.tick(), 1);
}

/// All players but one leave, between two steps or before the first one.
fn check_ended_by_leaving(mut room: Room<Arena>) {
    let (from, mut file) = (room.save(), room.replay_header(0).into_bytes());
    (1..3).for_each(|index| room.handle_left(seat(index)));
    let before = room.tick();
    room.handle_tick();
    let outcome = room.outcome().expect("it is over").clone();
    assert_eq!(room.tick(), before, "no step was made");

    // The record that ended it is in the journal and in what was saved.
    let mut entry = Vec::new();
    assert!(room.poll_journal(&mut entry));
    let record = &entry[10..];
    let (from_journal, resumed) =
        Room::<Arena>::resume(5, 0, &from.state, std::iter::once(record)).expect("a room");
    assert_eq!(from_journal.outcome(), Some(&outcome));
    assert_eq!((resumed.from_tick, resumed.tick), (before, before + 1));
    assert_eq!(resumed.hash_mismatches, 0);
    assert_eq!(moved(&mut room).outcome(), Some(&outcome));

    file.extend(room.save().replay);
    let mut replay = Replay::<Arena>::open(&file).expect("a replay");
    replay.seek(u32::MAX).expect("a replay");
    let ranking = replay.outcome().expect("it is over");
    assert_eq!(protocol::scores(ranking, &players(3)), outcome.scores);
    assert_eq!(replay.mismatches(), 0);
}

#[test]
fn a_match_that_ended_without_a_step_stays_over() {
    check_ended_by_leaving(running(3, 100));
    check_ended_by_leaving(empty(3, "", 300));
}

#[test]
fn a_player_who_connects_after_the_end_gets_over() {
    let mut before = running(2, 100);
    before.handle_left(seat(1));
    before.handle_tick();
    let mut room = moved(&mut before);
    room.handle_connected(seat(0), Encoding::Json);
    assert_eq!(take_message_types(&mut room, 0), ["welcome", "over"]);
    assert_eq!(room.poll_close(seat(0)), Some(CloseCode::MatchOver));
}

#[test]
fn a_replay_that_is_never_saved_is_given_up_and_the_match_continues() {
    let mut room = empty(3, r#"{"match_seconds":3600}"#, 0);
    (0..3).for_each(|index| room.handle_connected(seat(index), Encoding::Json));
    let mut bytes = 0;
    while !room.is_replay_given_up() {
        bytes = room.save().replay.len();
        for _ in 0..10_000 {
            let angle = f64::from(room.tick() % 7);
            let _ = room.handle_message(seat(0), input(None, (angle.cos(), angle.sin()), false));
            room.handle_tick();
        }
    }
    assert!(bytes > UNSAVED_BYTES_MAX / 2, "{bytes}");
    assert_eq!(room.counters().replays_given_up, 1);
    assert!(room.save().replay.is_empty());
    let mut room = moved(&mut room);
    assert!(room.is_replay_given_up());
    tick(&mut room, 100);
    assert!(room.save().replay.is_empty() && room.outcome().is_none());
}

#[test]
fn a_room_that_moves_sends_the_new_address() {
    let mut room = running(3, 10);
    let target = Moved {
        url: "ws://127.0.0.1:9/game/relay-2".to_owned(),
        path: Some("/game/relay-2".to_owned()),
        webtransport: None,
        ticket: "a-ticket".to_owned(),
        epoch: 5,
    };
    room.send_moved(seat(1), &target);
    assert_eq!(
        room.poll_close(seat(1)),
        None,
        "not before `moved` was taken"
    );
    match take_messages(&mut room, 1).as_slice() {
        [ServerMessage::Moved(moved)] => assert_eq!(*moved, target),
        other => panic!("{other:?}"),
    }
    assert_eq!(room.poll_close(seat(1)), Some(CloseCode::Moved));
    assert_eq!(room.poll_close(seat(0)), None);
}

/// A game whose state depends on the order of all presence changes.
#[derive(Clone)]
struct Counting {
    calls_hash: u32,
}

impl Counting {
    fn handle_call(&mut self, what: u32) {
        self.calls_hash = self.calls_hash.wrapping_mul(31).wrapping_add(what);
    }
}

impl Game for Counting {
    const NAME: &'static str = "counting";
    const SETTINGS: &'static [Setting] = &[];
    const CONSTANTS: &'static [(&'static str, u32)] = &[];

    fn new(_: u64, _: &Settings, _: &Roster) -> Self {
        Self { calls_hash: 0 }
    }
    fn join(&mut self, _: &Member) {}
    fn leave(&mut self, seat: Seat) {
        self.handle_call(seat.index() as u32);
    }
    fn set_away(&mut self, seat: Seat, away: bool) {
        self.handle_call(10 + 2 * seat.index() as u32 + u32::from(away));
    }
    fn step(&mut self, _: Step<'_>) {
        self.handle_call(1);
    }
    fn outcome(&self) -> Option<Ranking> {
        None
    }
    fn is_alive(&self, _: Seat) -> bool {
        true
    }
    fn pose(&self, _: Seat) -> Option<Pose> {
        None
    }
}

impl State for Counting {
    const SCHEMA: &'static Schema = &Schema {
        match_fields: &[],
        private: 0,
        seat: &[],
        entities: &[],
        events: &[],
    };

    fn read(&self, _: &mut View) {}
    fn load(&mut self, _: &View) -> Result<(), BadState> {
        Ok(())
    }
    fn save(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.calls_hash.to_le_bytes());
    }
    fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState> {
        Ok(Self {
            calls_hash: bytes.u32()?,
        })
    }
}

/// Players connect and disconnect repeatedly while the match waits; the first to leave has the
/// higher seat.
fn come_and_go(room: &mut Room<Counting>) {
    for turn in 0..10 {
        for index in 0..3 {
            match (turn + index) % 3 {
                0 => room.handle_connected(seat(index), Encoding::Json),
                1 => room.handle_disconnected(seat(index)),
                _ => {}
            }
            room.handle_tick();
        }
    }
    for index in [4, 3] {
        room.handle_left(seat(index));
        room.handle_tick();
    }
    tick(room, 100);
}

#[test]
fn presence_changes_while_waiting_are_in_the_replay() {
    let mut room = Room::new(config::<Counting>("", 60), players(5)).expect("a room");
    room.handle_connected(seat(2), Encoding::Json);
    room.handle_tick();
    let mut room = moved(&mut room);
    come_and_go(&mut room);
    let mut file = room.replay_header(0).into_bytes();
    file.extend(room.save().replay);
    room.handle_saved(room.tick());
    let mut room = moved(&mut room);
    room.handle_connected(seat(2), Encoding::Json);
    room.handle_tick();
    let mut room = moved(&mut room);
    come_and_go(&mut room);
    (0..5).for_each(|index| room.handle_left(seat(index)));
    room.handle_tick();
    assert!(room.outcome().is_some());
    for record in prefixed(&room.save().replay) {
        push_prefixed(record, &mut file);
    }
    let mut replay = Replay::<Counting>::open(&file).expect("a replay");
    replay.seek(u32::MAX).expect("a replay");
    assert_eq!((replay.mismatches(), replay.hashes()), (0, 4));
}
