//! Bots in a room: they play the seats of bots and of players who are away for long, and their
//! inputs are recorded like those of a player.

use game::prelude::*;
use protocol::record::{push_prefixed, records_of, room_key};
use protocol::replay::Replay;
use protocol::{Encoding, Player as Seated, ServerMessage};
use room::{BotTerms, NewBot, Room};

use crate::support::{config, input, players, seat, snapshot, take_messages, tick};

/// A bot replaces a player who is away for this long.
const REPLACE_FRAMES: u32 = 30;

game::state! {
    /// Players who move.
    pub struct Field {
        players: seats(Player, Player::start),
    }

    /// A player.
    pub struct Player {
        moved: count(16),
        secret: private(count(8)),
        away: flag,
        out: flag,
    }
}

impl Player {
    fn start(member: &Member) -> Self {
        Self {
            secret: 1 + member.seat.index() as u32,
            ..Self::default()
        }
    }
}

impl Game for Field {
    const NAME: &'static str = "field";
    const CONSTANTS: Constants = &[];

    fn new(_: u64, _: &Settings, roster: &Roster) -> Self {
        Self {
            players: Players::of(roster, Player::start),
        }
    }

    fn accepts(&self) -> Seats {
        Seats::first(5)
    }

    fn step(&mut self, step: Step<'_>) {
        for (player, pad) in self.players.moving::<Pad>(&step) {
            player.moved += u32::from(pad.dx != 0);
        }
    }

    fn outcome(&self) -> Option<Ranking> {
        None
    }
}

/// Moves while it sees its own secret and no other one.
struct Discreet;

impl Bot for Discreet {
    fn new(_: u64) -> Self {
        Self
    }

    fn decide(&mut self, view: &View, own: Seat) -> Input {
        let secrets = view.seats().iter().map(|seat| {
            let player: Player = view.player(seat).expect("a player");
            (seat == own) == (player.secret > 0)
        });
        Pad {
            dx: if secrets.min() == Some(true) { 127 } else { 0 },
            ..Pad::default()
        }
        .into()
    }
}

pub(crate) fn terms(new_bot: NewBot) -> BotTerms {
    BotTerms {
        new_bot,
        replace_frames: REPLACE_FRAMES,
    }
}

/// The players; all but the first `people` are bots.
pub(crate) fn with_bots(people: usize, count: usize) -> Vec<Seated> {
    let mut players = players(count);
    players[people..]
        .iter_mut()
        .for_each(|bot| bot.is_bot = true);
    players
}

/// Two people who are not connected yet, and a bot.
fn room() -> Room<Field> {
    let mut room = Room::new(config::<Field>("", 60), with_bots(2, 3)).expect("a room");
    room.allow_bots(terms(|seed| Box::new(Discreet::new(seed))));
    room
}

pub(crate) fn connect<G: Game>(room: &mut Room<G>, index: usize) -> protocol::Welcome {
    room.handle_connected(seat(index), Encoding::Json);
    match take_messages(room, index).remove(0) {
        ServerMessage::Welcome(welcome) => welcome,
        other => panic!("{other:?}"),
    }
}

/// How far each player has moved, and who is online.
fn moved(room: &mut Room<Field>) -> Vec<(String, u32, bool)> {
    room.handle_connected(seat(0), Encoding::Json);
    let seen = snapshot(room, 0).expect("a snapshot");
    let players = seen.players.iter().map(|(id, player)| {
        let moved = player.fields["moved"].number().expect("a number");
        (id.clone(), moved as u32, player.online)
    });
    players.collect()
}

#[test]
fn a_match_does_not_wait_for_a_bot_and_the_bot_sees_its_own_secrets_only() {
    let mut room = room();
    let welcome = connect(&mut room, 0);
    let bots: Vec<bool> = welcome.players.iter().map(|player| player.bot).collect();
    assert_eq!(bots, [false, false, true]);
    tick(&mut room, 10);
    assert_eq!(room.tick(), 0, "a person is awaited");
    connect(&mut room, 1);
    tick(&mut room, 10);
    assert_eq!(room.tick(), 10);
    expect_moved(
        &mut room,
        &[("p0", 0, true), ("p1", 0, true), ("p2", 9, true)],
    );
}

fn expect_moved(room: &mut Room<Field>, expected: &[(&str, u32, bool)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|&(id, moved, online)| (id.to_owned(), moved, online))
        .collect();
    assert_eq!(moved(room), expected);
}

#[test]
fn a_bot_plays_for_a_player_who_is_away_until_they_are_back() {
    let mut room = room();
    connect(&mut room, 0);
    connect(&mut room, 1);
    tick(&mut room, 1);
    room.handle_disconnected(seat(1));
    tick(&mut room, REPLACE_FRAMES - 1);
    expect_moved(
        &mut room,
        &[("p0", 0, true), ("p1", 0, false), ("p2", 29, true)],
    );
    tick(&mut room, 5);
    expect_moved(
        &mut room,
        &[("p0", 0, true), ("p1", 5, true), ("p2", 34, true)],
    );
    connect(&mut room, 1);
    tick(&mut room, 5);
    expect_moved(
        &mut room,
        &[("p0", 0, true), ("p1", 5, true), ("p2", 39, true)],
    );
    room.handle_message(seat(1), input(None, (1.0, 0.0), false))
        .expect("an input");
    tick(&mut room, 1);
    expect_moved(
        &mut room,
        &[("p0", 0, true), ("p1", 6, true), ("p2", 40, true)],
    );
    // The time away starts again at 0.
    room.handle_disconnected(seat(1));
    tick(&mut room, REPLACE_FRAMES - 1);
    expect_moved(
        &mut room,
        &[("p0", 0, true), ("p1", 6, false), ("p2", 69, true)],
    );
    room.handle_left(seat(1));
    tick(&mut room, REPLACE_FRAMES);
    assert_eq!(moved(&mut room)[1].1, 6, "who has left is not replaced");
}

#[test]
fn the_room_does_not_decide_for_a_bot_with_a_connection() {
    let mut room = room();
    connect(&mut room, 0);
    connect(&mut room, 1);
    connect(&mut room, 2);
    tick(&mut room, 10);
    room.handle_disconnected(seat(2));
    tick(&mut room, 10);
    expect_moved(
        &mut room,
        &[("p0", 0, true), ("p1", 0, true), ("p2", 10, true)],
    );
}

#[test]
fn without_allow_bots_the_seat_of_a_bot_is_not_played() {
    let mut room = Room::<Field>::new(config::<Field>("", 5), with_bots(2, 3)).expect("a room");
    connect(&mut room, 0);
    tick(&mut room, 2 * REPLACE_FRAMES);
    expect_moved(
        &mut room,
        &[("p0", 0, true), ("p1", 0, false), ("p2", 0, false)],
    );
}

/// A match of ticks, with its header, its checkpoint of tick 20 and the journal since the start.
fn recorded() -> (Room<Field>, String, Vec<u8>, Vec<u8>) {
    let mut room = room();
    let header = room.replay_header(0);
    connect(&mut room, 0);
    connect(&mut room, 1);
    let (mut journal, mut saved) = (Vec::new(), Vec::new());
    for at in 1..=150 {
        room.handle_tick();
        room.poll_journal(&mut journal);
        if at == 20 {
            saved = room.save().state;
        }
        if at == 60 {
            room.handle_disconnected(seat(1));
        }
    }
    (room, header, saved, journal)
}

#[test]
fn bots_continue_at_another_relay_and_are_not_waited_for() {
    let (mut before, _, saved, journal) = recorded();
    let entries = std::iter::once(&journal[..]);
    let records = records_of(room_key("main.r1", 4), entries);
    let (mut room, resumed) = Room::<Field>::resume(5, 60, &saved, records).expect("a room");
    room.allow_bots(terms(|seed| Box::new(Discreet::new(seed))));
    assert_eq!((resumed.tick, resumed.hash_mismatches), (150, 0));
    assert_eq!(room.save().state, before.save().state);
    // The seat that a bot played for a player is awaited, that of a bot is not.
    connect(&mut room, 0);
    tick(&mut room, REPLACE_FRAMES);
    assert_eq!(room.tick(), 151, "a bot plays for the player again");
    tick(&mut room, 9);
    expect_moved(
        &mut room,
        &[("p0", 0, true), ("p1", 70, true), ("p2", 158, true)],
    );
}

#[test]
fn a_replay_needs_no_bot() {
    let (mut room, header, _, journal) = recorded();
    expect_moved(
        &mut room,
        &[("p0", 0, true), ("p1", 61, true), ("p2", 149, true)],
    );
    let mut file = header.into_bytes();
    for record in records_of(room_key("main.r1", 4), std::iter::once(&journal[..])) {
        push_prefixed(record, &mut file);
    }
    let mut replay = Replay::<Field>::open(&file).expect("a replay");
    replay.seek(u32::MAX).expect("all records");
    assert_eq!((replay.tick(), replay.mismatches()), (150, 0));
    assert!(replay.hashes() > 0);
}

#[test]
fn a_late_player_replaces_a_bot_with_a_fresh_state() {
    let mut room = room();
    connect(&mut room, 0);
    connect(&mut room, 1);
    let (header, mut journal) = (room.replay_header(0), Vec::new());
    let mut play = |room: &mut Room<Field>, ticks: u32| {
        for _ in 0..ticks {
            room.handle_tick();
            room.poll_journal(&mut journal);
        }
    };
    play(&mut room, 10);
    let free = |room: &Room<Field>| {
        let free = room.free_seats().iter().map(Seat::index);
        free.collect::<Vec<_>>()
    };
    assert_eq!(free(&room), [2, 3, 4]);
    let before = room.save().state;
    let late = |name: &str| Seated {
        player_id: name.to_owned(),
        name: name.to_uppercase(),
        ..Seated::default()
    };
    room.join_late(seat(2), late("c")).expect("a bot's seat");
    let refused = room.join_late(seat(2), late("d"));
    assert_eq!(
        refused,
        Err(room::JoinRefused::NotFree),
        "two players for one seat"
    );
    assert_eq!(free(&room), [3, 4]);
    assert_eq!(room.save().state, before, "not in a record yet");
    let welcome = connect(&mut room, 2);
    assert_eq!(
        (&*welcome.players[2].name, welcome.players[2].bot),
        ("C", false)
    );
    play(&mut room, 10);
    expect_moved(
        &mut room,
        &[("c", 0, true), ("p0", 0, true), ("p1", 0, true)],
    );
    // The seat now belongs to a player: a bot plays it after the same time as for other players.
    room.handle_disconnected(seat(2));
    play(&mut room, REPLACE_FRAMES + 4);
    expect_moved(
        &mut room,
        &[("c", 5, true), ("p0", 0, true), ("p1", 0, true)],
    );

    let mut file = header.into_bytes();
    for record in records_of(room_key("main.r1", 4), std::iter::once(&journal[..])) {
        push_prefixed(record, &mut file);
    }
    let mut replay = Replay::<Field>::open(&file).expect("a replay");
    replay.seek(u32::MAX).expect("all records");
    assert_eq!((replay.tick(), replay.mismatches()), (54, 0));
}
