//! Commands: applied at a tick or refused with a reason, in the journal and the replay, and
//! recognized after a reconnect.

use game::prelude::*;
use protocol::record::prefixed;
use protocol::replay::Replay;
use protocol::{
    ClientMessage, CommandMessage, CommandResult, CommandStatus, Encoding, ServerMessage,
};
use room::{COMMANDS_PER_SECOND, RESULTS_MAX, Refused, Room};

use crate::support::{config, players, seat, take_messages, tick};

game::state! {
    /// A pot of chips that players add to in turn.
    pub struct Pot {
        turn: count(3),
        chips: count(16),
        words: hidden(Vec<u8>),
        players: seats(Player),
    }

    /// A player.
    pub struct Player {
        bets: count(8),
    }
}

impl Game for Pot {
    const NAME: &'static str = "pot";
    const CONSTANTS: Constants = &[];
    const COMMANDS: &'static [CommandKind] = &[
        CommandKind::new("fold", &[]),
        CommandKind::new("bet", &["chips"]),
        CommandKind::new("say", &[]).with_text(),
    ];

    fn new(_: u64, _: &Settings, roster: &Roster) -> Self {
        Self {
            turn: 0,
            chips: 0,
            words: Vec::new(),
            players: Players::of(roster, |_| Player::default()),
        }
    }

    fn join(&mut self, _: &Member) {}
    fn leave(&mut self, _: Seat) {}

    fn command(&mut self, seat: Seat, command: &Command) -> Result<(), Refusal> {
        let names = Self::COMMANDS[usize::from(command.kind)].name;
        match (names, command.args[0]) {
            ("say", _) => self.words.extend(command.text.as_bytes()),
            _ if self.turn as usize != seat.index() => return Err(Refusal("not_your_turn")),
            ("bet", chips @ 1..=100) => {
                self.chips += chips as u32;
                self.turn = (self.turn + 1) % 2;
                self.players.change(seat, |player| player.bets += 1);
            }
            ("bet", _) => return Err(Refusal("too_many_chips")),
            _ => self.turn = 7,
        }
        Ok(())
    }

    fn step(&mut self, _: Step<'_>) {}

    fn outcome(&self) -> Option<Ranking> {
        let is_over = self.turn == 7;
        is_over.then(|| {
            self.players
                .ranking(|player| Standing::of_score(player.bets, false))
        })
    }

    fn is_alive(&self, _: Seat) -> bool {
        true
    }
}

/// A bot that bets in its turn, sometimes too much, and folds after ten seconds.
struct PotBot(Random);

impl Bot for PotBot {
    fn new(seed: u64) -> Self {
        Self(Random::new(seed))
    }

    fn decide(&mut self, _: &View, _: Seat) -> Input {
        Input::default()
    }

    fn command(&mut self, view: &View, own: Seat) -> Option<Command> {
        let is_own_turn = view.match_values[0] as usize == own.index();
        let command = match view.tick {
            600.. => Command::new(0, &[]),
            _ => Command::new(1, &[self.0.below(200).into()]),
        };
        is_own_turn.then_some(command)
    }
}

/// A match of two players, at tick 10.
fn pot() -> Room<Pot> {
    let mut room = Room::new(config::<Pot>("", 0), players(2)).expect("a room");
    for index in 0..2 {
        room.handle_connected(seat(index), Encoding::Binary);
    }
    tick(&mut room, 10);
    for index in 0..2 {
        take_messages(&mut room, index);
    }
    room
}

fn named(id: u32, name: &str, args: &[(&str, i64)], text: &str) -> ClientMessage {
    ClientMessage::Command(CommandMessage {
        id,
        name: name.to_owned(),
        args: args
            .iter()
            .map(|&(name, value)| (name.to_owned(), value))
            .collect(),
        text: text.to_owned(),
    })
}

fn bet(id: u32, chips: i64) -> ClientMessage {
    named(id, "bet", &[("chips", chips)], "")
}

/// The results that wait for a seat, as `id tick` or `id reason`.
fn results(room: &mut Room<Pot>, index: usize) -> Vec<String> {
    let result = |message| match message {
        ServerMessage::CommandResult(CommandResult { id, status }) => Some(match status {
            CommandStatus::Applied { tick } => format!("{id} {tick}"),
            CommandStatus::Refused { reason } => format!("{id} {reason}"),
        }),
        _ => None,
    };
    take_messages(room, index)
        .into_iter()
        .filter_map(result)
        .collect()
}

#[test]
fn a_command_is_applied_at_the_next_tick_or_refused_by_the_game() {
    let mut room = pot();
    room.handle_message(seat(0), bet(5, 20)).expect("accepted");
    room.handle_message(seat(1), bet(6, 101)).expect("accepted");
    room.handle_message(seat(0), bet(7, 1)).expect("accepted");
    assert_eq!(results(&mut room, 0), [""; 0], "not before the tick");
    room.handle_tick();
    assert_eq!(results(&mut room, 0), ["5 11", "7 not_your_turn"]);
    assert_eq!(results(&mut room, 1), ["6 too_many_chips"]);
    let counters = room.counters();
    assert_eq!((counters.commands, counters.commands_refused), (3, 2));
}

#[test]
fn a_command_that_the_game_does_not_declare_is_refused() {
    let mut room = pot();
    let mut check = |message, refused, reason: &str| {
        assert_eq!(room.handle_message(seat(0), message), Err(refused));
        assert_eq!(results(&mut room, 0), [reason]);
    };
    let (unknown, bad) = (Refused::UnknownCommand, Refused::BadArguments);
    check(named(1, "raise", &[], ""), unknown, "1 unknown_command");
    check(named(2, "bet", &[], ""), bad, "2 bad_arguments");
    check(named(3, "bet", &[("chip", 1)], ""), bad, "3 bad_arguments");
    check(
        named(4, "fold", &[("chips", 1)], ""),
        bad,
        "4 bad_arguments",
    );
    check(named(5, "fold", &[], "why?"), bad, "5 bad_arguments");
}

#[test]
fn every_command_above_the_limit_gets_a_refusal() {
    let mut room = pot();
    let sent = 100;
    for id in 0..sent {
        let _ = room.handle_message(seat(0), named(id, "say", &[], "x"));
    }
    assert_eq!(
        results(&mut room, 0).len(),
        (sent - COMMANDS_PER_SECOND) as usize
    );
    // One record takes its maximum of commands, the next one the others.
    room.handle_tick();
    assert_eq!(results(&mut room, 0).len(), 16);
    room.handle_tick();
    assert_eq!(results(&mut room, 0).len(), 4);
    tick(&mut room, 3);
    assert!(
        room.handle_message(seat(0), named(200, "say", &[], "x"))
            .is_ok()
    );
    assert!(
        room.handle_message(seat(0), named(201, "say", &[], "x"))
            .is_err()
    );
}

#[test]
fn a_repeated_command_is_applied_once() {
    let mut room = pot();
    room.handle_message(seat(0), bet(5, 20)).expect("accepted");
    room.handle_message(seat(0), bet(5, 20)).expect("the same");
    room.handle_disconnected(seat(0));
    room.handle_tick();
    room.handle_connected(seat(0), Encoding::Json);
    room.handle_message(seat(0), bet(5, 20)).expect("the same");
    assert_eq!(results(&mut room, 0), ["5 11"]);
    room.handle_tick();
    assert_eq!(results(&mut room, 0), [""; 0]);
    assert_eq!(room.counters().commands, 1);
    let turns: Vec<u32> = (0..RESULTS_MAX as u32).collect();
    for id in turns {
        let _ = room.handle_message(seat(0), named(100 + id, "say", &[], ""));
        tick(&mut room, 3);
    }
    results(&mut room, 0);
    room.handle_message(seat(0), bet(5, 20)).expect("forgotten");
    room.handle_tick();
    assert_eq!(results(&mut room, 0), ["5 not_your_turn"]);
}

#[test]
fn another_server_and_a_replay_apply_the_same_commands() {
    let mut room = pot();
    let (saved, mut file) = (room.save(), room.replay_header(0).into_bytes());
    let mut journal = Vec::new();
    for id in 0..8 {
        let player = seat(id as usize % 2);
        room.handle_message(player, bet(id, 3)).expect("accepted");
        room.handle_message(player, named(100 + id, "say", &[], "größer"))
            .expect("accepted");
        for _ in 0..6 {
            room.handle_tick();
            let mut entry = Vec::new();
            room.poll_journal(&mut entry);
            journal.push(entry.split_off(10));
        }
    }
    let records = journal.iter().map(Vec::as_slice);
    let (mut moved, resumed) = Room::<Pot>::resume(5, 0, &saved.state, records).expect("a room");
    assert_eq!((resumed.tick, resumed.hash_mismatches), (room.tick(), 0));
    assert_eq!(state(&mut moved), state(&mut room));

    moved.handle_connected(seat(1), Encoding::Binary);
    moved.handle_message(seat(1), bet(7, 3)).expect("the same");
    assert_eq!(
        results(&mut moved, 1),
        ["7 53"],
        "what the other server applied"
    );

    room.handle_message(seat(0), named(500, "fold", &[], ""))
        .expect("accepted");
    room.handle_tick();
    assert_eq!(results(&mut room, 0)[8..], ["500 59"]);
    assert!(room.outcome().is_some());
    file.extend(room.save().replay);
    let mut replay = Replay::<Pot>::open(&file).expect("a replay");
    replay.seek(u32::MAX).expect("a replay");
    assert_eq!((replay.mismatches(), replay.ticks()), (0, 59));
    assert!(replay.hashes() > 0 && replay.outcome().is_some());
    assert_eq!(prefixed(&room.save().replay).count(), 59);
}

/// The part of a saved room that is the match.
fn state(room: &mut Room<Pot>) -> Vec<u8> {
    let saved = room.save().state;
    // The game's state is at the end: its chips, words and players.
    saved[saved.len() - 120..].to_vec()
}

#[test]
fn commands_after_the_end_are_refused() {
    let mut room = pot();
    room.handle_message(seat(0), named(1, "fold", &[], ""))
        .expect("accepted");
    for id in 2..20 {
        room.handle_message(seat(0), named(id, "say", &[], ""))
            .expect("accepted");
    }
    room.handle_tick();
    let results = results(&mut room, 0);
    assert_eq!((results.len(), results[0].as_str()), (19, "1 11"));
    assert_eq!(
        results[15..],
        [
            "16 11",
            "17 not_playing",
            "18 not_playing",
            "19 not_playing"
        ]
    );
    assert_eq!(
        room.handle_message(seat(0), bet(30, 1)),
        Err(Refused::NotRunning)
    );
}

#[test]
fn a_command_from_before_the_checkpoint_is_not_applied_again_after_a_takeover() {
    let mut room = pot();
    room.handle_message(seat(0), bet(5, 20)).expect("accepted");
    room.handle_message(seat(1), bet(6, 101)).expect("accepted");
    room.handle_tick();
    let state = room.save().state;
    let (mut moved, _) = Room::<Pot>::resume(5, 0, &state, std::iter::empty()).expect("a room");
    moved.handle_connected(seat(0), Encoding::Binary);
    moved.handle_connected(seat(1), Encoding::Binary);
    moved.handle_message(seat(0), bet(5, 20)).expect("the same");
    moved
        .handle_message(seat(1), bet(6, 101))
        .expect("the same");
    assert_eq!(results(&mut moved, 0), ["5 11"]);
    assert_eq!(results(&mut moved, 1), ["6 too_many_chips"]);
    moved.handle_tick();
    assert_eq!((moved.tick(), results(&mut moved, 0).len()), (12, 0));
    assert_eq!(moved.counters().commands, 0);
}

#[test]
fn saved_results_that_are_cut_off_or_changed_are_an_error_or_another_room() {
    let mut room = pot();
    room.handle_message(seat(0), bet(5, 1)).expect("accepted");
    room.handle_message(seat(1), bet(6, 101)).expect("accepted");
    room.handle_tick();
    let saved = room.save().state;
    let resume = |state: &[u8]| Room::<Pot>::resume(5, 0, state, std::iter::empty()).map(|_| ());
    resume(&saved).expect("a room");
    for at in 0..saved.len() {
        assert!(resume(&saved[..at]).is_err(), "cut off at {at}");
        let mut changed = saved.clone();
        changed[at] = 0xff;
        let _ = resume(&changed);
    }
}

#[test]
fn bots_play_a_game_by_commands() {
    let sim = game::testing::play::<Pot, PotBot>(1, 2);
    let pot = sim.game();
    let bets: u32 = pot.players.iter().map(|(_, player)| player.bets).sum();
    assert_eq!((sim.tick(), pot.turn), (601, 7));
    assert!(
        bets > 100 && pot.chips > bets,
        "{bets} bets of {} chips",
        pot.chips
    );
}
