//! Players who join a running match: their messages and those to the others, and their records in
//! journal, checkpoint and replay.

use game::prelude::*;
use protocol::record::{push_prefixed, records_of, room_key};
use protocol::replay::Replay;
use protocol::{Encoding, Player as Seated, ServerMessage};
use room::{JoinRefused, Room};

use crate::support::{
    config, input, players, seat, snapshot, take_message_types, take_messages, tick,
};

game::state! {
    /// A match that any player can join while a seat is free.
    pub struct Open {
        ticks: hidden(u32),
        seats: hidden(Seats),
        random: hidden(Random),
        players: seats(Player, Player::start),
    }

    /// A player.
    pub struct Player {
        moved: count(16),
        /// The length of the player's text for the game.
        text: count(9),
        away: flag,
        out: flag,
    }
}

impl Player {
    fn start(member: &Member) -> Self {
        Self {
            text: member.game.len() as u32,
            ..Self::default()
        }
    }
}

impl Game for Open {
    const NAME: &'static str = "open";
    const SEATS: RangeInclusive<u8> = 1..=12;
    const SETTINGS: &'static [Setting] = &[
        Setting::new("ticks", 600, 1..=600),
        Setting::new("seats", 5, 1..=12),
    ];
    const CONSTANTS: Constants = &[];

    fn new(seed: u64, settings: &Settings, roster: &Roster) -> Self {
        Self {
            ticks: settings.0[0] as u32,
            seats: Seats::first(settings.0[1] as usize),
            random: Random::new(seed),
            players: Players::of(roster, Player::start),
        }
    }

    fn accepts(&self) -> Seats {
        self.seats
    }

    fn step(&mut self, step: Step<'_>) {
        self.ticks -= 1;
        for (player, input) in self.players.moving::<Pad>(&step) {
            player.moved += u32::from(input.dx != 0) * (1 + self.random.below(3));
        }
    }

    fn outcome(&self) -> Option<Ranking> {
        (self.ticks == 0).then(|| self.players.ranking_by(|player| player.moved))
    }
}

fn late(name: &str) -> Seated {
    Seated {
        player_id: name.to_owned(),
        name: name.to_uppercase(),
        colors: vec!["#abcdef".to_owned()],
        game: "skin".to_owned(),
        ..Seated::default()
    }
}

/// A match of two connected players that has run for ten ticks.
fn running(settings: &str) -> Room<Open> {
    let mut room = Room::new(config::<Open>(settings, 60), players(2)).expect("a room");
    for index in 0..2 {
        room.handle_connected(seat(index), Encoding::Json);
    }
    tick(&mut room, 10);
    for index in 0..2 {
        take_messages(&mut room, index);
        snapshot(&mut room, index);
    }
    room
}

fn free<G: Game>(room: &Room<G>) -> Vec<usize> {
    room.free_seats().iter().map(Seat::index).collect()
}

#[test]
fn a_late_player_is_in_the_next_snapshot_and_can_play() {
    let mut room = running("");
    assert_eq!(free(&room), [2, 3, 4]);
    room.join_late(seat(2), late("c")).expect("a free seat");
    room.join_late(seat(2), late("c")).expect("a repeat");
    assert_eq!(room.seat_of("c"), Some(seat(2)));
    match take_messages(&mut room, 0).as_slice() {
        [ServerMessage::Joined(joined)] => {
            assert_eq!(
                (joined.seat, &*joined.player_id, &*joined.name),
                (2, "c", "C")
            );
        }
        other => panic!("{other:?}"),
    }
    room.handle_connected(seat(2), Encoding::Json);
    tick(&mut room, 2);
    let welcome = take_messages(&mut room, 2).remove(0);
    let ServerMessage::Welcome(welcome) = welcome else {
        panic!("{welcome:?}")
    };
    assert_eq!(
        (welcome.seat, welcome.joined_at, welcome.players.len()),
        (2, 11, 3)
    );
    let seen = snapshot(&mut room, 0).expect("a snapshot");
    assert!(seen.players["c"].online);
    assert_eq!(seen.players["c"].fields["text"].number(), Some(4.0));

    room.handle_message(seat(2), input(None, (1.0, 0.0), false))
        .expect("an input");
    tick(&mut room, 2);
    let seen = snapshot(&mut room, 2).expect("a snapshot");
    assert!(seen.players["c"].fields["moved"].number() > Some(0.0));
    assert_eq!(seen.players["p0"].fields["moved"].number(), Some(0.0));
}

#[test]
fn joins_beyond_the_limit_of_a_record_follow_a_tick_later() {
    let mut room = running(r#"{"seats":12}"#);
    for at in 2..=10 {
        let name = format!("late{at}");
        room.join_late(seat(at), late(&name)).expect("a free seat");
    }
    tick(&mut room, 2);
    let mut joined_at = |at: usize| {
        room.handle_connected(seat(at), Encoding::Json);
        match take_messages(&mut room, at).remove(0) {
            ServerMessage::Welcome(welcome) => welcome.joined_at,
            other => panic!("{other:?}"),
        }
    };
    // A record has 8 joins at most.
    assert_eq!([joined_at(2), joined_at(9), joined_at(10)], [11, 11, 12]);
}

#[test]
fn joins_of_a_taken_seat_of_a_gap_and_after_the_end_are_refused() {
    let mut room = running(r#"{"ticks":12}"#);
    let refused = |refused: Result<(), JoinRefused>| refused.expect_err("refused");
    assert_eq!(
        refused(room.join_late(seat(1), late("c"))),
        JoinRefused::NotFree
    );
    assert_eq!(
        refused(room.join_late(seat(3), late("c"))),
        JoinRefused::NotFree
    );
    assert_eq!(
        refused(room.join_late(seat(5), late("c"))),
        JoinRefused::NotFree
    );
    room.join_late(seat(2), late("c")).expect("a free seat");
    assert_eq!(
        refused(room.join_late(seat(2), late("d"))),
        JoinRefused::NotFree
    );
    let long = Seated {
        name: "\u{1}".repeat(5_000),
        ..late("e")
    };
    assert_eq!(refused(room.join_late(seat(3), long)), JoinRefused::NotFree);
    tick(&mut room, 2);
    let outcome = room.outcome().expect("over");
    assert_eq!(outcome.scores.len(), 3);
    assert_eq!(
        refused(room.join_late(seat(3), late("d"))),
        JoinRefused::Over
    );
    assert!(free(&room).is_empty());
}

#[test]
fn a_seat_is_free_once_a_record_has_the_leave_of_its_player() {
    let mut room = running("");
    room.handle_message(seat(1), input(None, (1.0, 0.0), false))
        .expect("an input");
    tick(&mut room, 2);
    room.handle_left(seat(1));
    assert_eq!(free(&room), [2, 3, 4]);
    room.handle_tick();
    assert_eq!(free(&room), [1, 2, 3, 4]);
    room.join_late(seat(1), late("c")).expect("a free seat");
    assert_eq!(
        room.join_late(seat(2), late("c")),
        Ok(()),
        "they have a seat"
    );
    room.handle_connected(seat(1), Encoding::Json);
    room.handle_tick();
    room.handle_tick();
    let seen = snapshot(&mut room, 0).expect("a snapshot");
    assert_eq!(
        seen.players["c"].fields["moved"].number(),
        Some(0.0),
        "a new start"
    );
    assert!(!seen.players.contains_key("p1"));
    assert_eq!(take_message_types(&mut room, 1), ["welcome"]);
}

/// The records of a room's journal.
#[derive(Default)]
struct Journal(Vec<u8>);

impl Journal {
    fn tick<G: Game>(&mut self, room: &mut Room<G>, ticks: u32) {
        for _ in 0..ticks {
            room.handle_tick();
            room.poll_journal(&mut self.0);
        }
    }

    fn resume<G: Game>(&self, state: &[u8]) -> (Room<G>, u32) {
        let entries = std::iter::once(&self.0[..]);
        let records = records_of(room_key("main.r1", 4), entries);
        let (room, resumed) = Room::resume(5, 60, state, records).expect("a room");
        (room, resumed.hash_mismatches)
    }
}

#[test]
fn late_players_are_in_the_journal_the_checkpoint_and_the_replay() {
    let mut room = Room::<Open>::new(config::<Open>("", 0), players(2)).expect("a room");
    let header = room.replay_header(0);
    let start = room.save().state;
    let mut journal = Journal::default();
    room.handle_connected(seat(0), Encoding::Json);
    room.handle_connected(seat(1), Encoding::Json);
    journal.tick(&mut room, 70);
    room.handle_left(seat(0));
    journal.tick(&mut room, 10);
    for (at, name) in ["c", "d", "e", "f"].iter().enumerate() {
        room.join_late(seat([0, 2, 3, 4][at]), late(name))
            .expect("a free seat");
    }
    room.handle_connected(seat(2), Encoding::Json);
    room.handle_message(seat(1), input(None, (1.0, 0.0), false))
        .expect("an input");
    journal.tick(&mut room, 60);
    let expected = room.save().state;

    let (mut again, mismatches) = journal.resume::<Open>(&start);
    assert_eq!((again.tick(), mismatches), (room.tick(), 0));
    assert_eq!(again.seat_of("c"), Some(seat(0)));
    assert_eq!(again.save().state, expected);
    let (mut saved, _) = Journal::default().resume::<Open>(&expected);
    saved.handle_connected(seat(4), Encoding::Json);
    let welcome = take_messages(&mut saved, 4).remove(0);
    let ServerMessage::Welcome(welcome) = welcome else {
        panic!("{welcome:?}")
    };
    assert_eq!((welcome.joined_at, &*welcome.player_id), (81, "f"));

    let mut file = header.into_bytes();
    for record in records_of(room_key("main.r1", 4), std::iter::once(&journal.0[..])) {
        push_prefixed(record, &mut file);
    }
    let mut replay = Replay::<Open>::open(&file).expect("a replay");
    replay.seek(u32::MAX).expect("all records");
    assert_eq!((replay.tick(), replay.mismatches()), (140, 0));
    assert!(replay.hashes() > 0 && replay.is_alive(seat(4)));
    replay.seek(10).expect("back");
    assert!(!replay.is_alive(seat(4)));
    replay.seek(100).expect("on");
    let joins = replay.joins().iter();
    let joins: Vec<_> = joins
        .map(|(tick, join)| (*tick, &*join.player.player_id))
        .collect();
    assert_eq!(joins, [(81, "c"), (81, "d"), (81, "e"), (81, "f")]);
}

#[test]
fn a_player_who_joined_since_the_newest_record_is_not_saved() {
    let mut room = running("");
    room.handle_left(seat(1));
    room.handle_tick();
    let before = room.save().state;
    room.join_late(seat(1), late("c")).expect("a free seat");
    room.join_late(seat(2), late("d")).expect("a free seat");
    assert_eq!(room.save().state, before);
    room.handle_tick();
    assert_ne!(room.save().state, before);
}

#[test]
fn a_player_can_join_a_match_that_waits_at_a_new_relay() {
    let state = running("").save().state;
    let (mut room, _) = Room::<Open>::resume(5, 60, &state, std::iter::empty()).expect("a room");
    room.join_late(seat(2), late("c")).expect("a free seat");
    room.handle_connected(seat(2), Encoding::Json);
    room.handle_tick();
    assert_eq!(
        (room.tick(), take_message_types(&mut room, 2)),
        (10, vec!["welcome".to_owned()])
    );
    let seen = snapshot(&mut room, 2).expect("a snapshot");
    assert!(seen.players["c"].online, "shown while the match waits");
    room.handle_connected(seat(0), Encoding::Json);
    room.handle_connected(seat(1), Encoding::Json);
    let mut journal = Journal::default();
    journal.tick(&mut room, 3);
    assert_eq!(room.tick(), 13);
}

#[test]
fn the_seat_is_free_if_a_player_leaves_before_their_first_tick() {
    let mut room = running("");
    room.join_late(seat(2), late("c")).expect("a free seat");
    room.handle_left(seat(2));
    room.handle_tick();
    assert_eq!(free(&room), [2, 3, 4]);
    room.join_late(seat(2), late("d")).expect("a free seat");
    room.handle_tick();
    assert_eq!(free(&room), [3, 4]);
}
