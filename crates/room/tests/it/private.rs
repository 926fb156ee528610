//! Private fields: no byte that a player gets depends on private fields of another player.

use game::prelude::*;
use game::{Fields, State};
use protocol::Encoding;
use protocol::binary::{Layout, decode_snapshot};
use room::Room;

use crate::support::{config, filtered, open_filtered, players, seat, tick};

game::state! {
    /// A card match. The hand of seat 0 is always the same; the seed decides that of seat 1.
    pub struct Cards {
        random: hidden(Random),
        pile: count(8),
        players: seats(Player),
    }

    /// A player.
    pub struct Player {
        marks: hidden(u8),
        chips: count(8),
        hand: private(count(16)),
        turn: flag,
        mood: private(angle),
    }
}

impl Game for Cards {
    const NAME: &'static str = "cards";
    const CONSTANTS: Constants = &[];

    fn new(seed: u64, _: &Settings, roster: &Roster) -> Self {
        let players = Players::of(roster, |member| Player {
            chips: 20 + member.seat.index() as u32,
            ..Player::default()
        });
        Self {
            random: Random::new(seed),
            pile: 0,
            players,
        }
    }

    fn join(&mut self, _: &Member) {}
    fn leave(&mut self, _: Seat) {}

    fn step(&mut self, step: Step<'_>) {
        self.pile = step.tick % 200;
        let Self {
            random, players, ..
        } = self;
        for (seat, player) in players.iter_mut() {
            player.turn = step.tick / 5 % 2 == seat.index() as u32;
            let (hand, mood) = match seat.index() {
                0 => (step.tick, 5),
                _ => (random.below(1 << 16), random.below(1024)),
            };
            (player.hand, player.mood) = (hand, mood as u16);
        }
    }

    fn outcome(&self) -> Option<Ranking> {
        let is_over = self.pile == 199;
        is_over.then(|| self.players.ranking(|_| Standing::default()))
    }

    fn is_alive(&self, _: Seat) -> bool {
        true
    }
}

fn cards(seed: u64, encoding: Encoding) -> Room<Cards> {
    let mut config = config::<Cards>("", 0);
    config.seed = seed;
    let mut room = Room::new(config, players(2)).expect("a room");
    for index in 0..2 {
        room.handle_connected(seat(index), encoding);
    }
    room
}

/// All messages to a seat in 60 ticks, without some snapshots that it misses, and the room's view.
fn everything(seed: u64, index: usize, encoding: Encoding) -> (Vec<u8>, String) {
    let mut room = cards(seed, encoding);
    let (mut out, mut others) = (Vec::new(), Vec::new());
    for frame in 0..60 {
        tick(&mut room, 1);
        while room.poll_reliable(seat(index), &mut out).is_some() {}
        if frame % 7 != 3 {
            room.poll_snapshot(seat(index), &mut out);
        }
        // The other player gets snapshots at another rate.
        if frame % 3 != 0 {
            room.poll_snapshot(seat(1 - index), &mut others);
        }
        if frame == 40 {
            room.handle_disconnected(seat(index));
            room.handle_connected(seat(index), encoding);
        }
    }
    (out, format!("{:?}", room.mirror()))
}

#[test]
fn no_byte_depends_on_private_fields_of_another_player() {
    for encoding in Encoding::ALL {
        let first = everything(1, 0, encoding);
        for seed in 2..20 {
            assert!(
                everything(seed, 0, encoding) == first,
                "{encoding:?}, seed {seed}"
            );
        }
        // The owner of the hand gets it.
        assert!(everything(2, 1, encoding) != everything(1, 1, encoding));
    }
}

#[test]
fn no_byte_that_watchers_get_depends_on_private_fields() {
    let recorded = |seed| {
        let mut room = cards(seed, Encoding::Binary);
        tick(&mut room, 250);
        assert!(room.outcome().is_some());
        let recorded = filtered(&mut room);
        (room, recorded)
    };
    let (room, (line, entries)) = recorded(1);
    for seed in 2..20 {
        assert!(
            recorded(seed).1 == (line.clone(), entries.clone()),
            "seed {seed}"
        );
    }
    assert!(!line.contains("seed"), "{line}");
    let (mut shown, mut view) = (open_filtered(&room, &entries), View::default());
    let mut ticks = Vec::new();
    loop {
        shown.view(&mut view);
        ticks.push(view.tick);
        for of in 0..2 {
            let player = view.player::<Player>(seat(of)).expect("a player");
            assert_eq!((player.hand, player.mood), (0, 0));
            assert_eq!(player.chips, 20 + of as u32);
            let has_turn = view.tick > 0 && view.tick / 5 % 2 == of as u32;
            assert_eq!(player.turn, has_turn, "tick {}", view.tick);
        }
        if !shown.step().expect("a snapshot") {
            break;
        }
    }
    let expected: Vec<_> = (0..199).step_by(3).chain([199]).collect();
    assert_eq!(ticks, expected);
    assert!(shown.outcome().is_some());
}

#[test]
fn each_player_sees_only_their_own_hand() {
    let mut room = cards(3, Encoding::Binary);
    let mut known: [Vec<View>; 2] = Default::default();
    for frame in 1..80 {
        room.handle_tick();
        for (index, known) in known.iter_mut().enumerate() {
            if frame % (2 + index) == 0 {
                continue;
            }
            let (mut bytes, mut view) = (Vec::new(), View::default());
            if room.poll_snapshot(seat(index), &mut bytes).is_none() {
                continue;
            }
            let find = |tick| known.iter().find(|view| view.tick == tick);
            decode_snapshot(Layout::of::<Cards>(), &bytes, find, &mut view).expect("a snapshot");
            let hands = [0, 1].map(|of| {
                let player = view.player::<Player>(seat(of)).expect("a player");
                assert_eq!(player.chips, 20 + of as u32);
                assert_eq!(player.turn, view.tick / 5 % 2 == of as u32);
                (player.hand, player.mood)
            });
            assert_eq!(
                hands[1 - index],
                (0, 0),
                "seat {index} at tick {}",
                view.tick
            );
            assert!(view.tick == 0 || hands[index].0 > 0);
            known.push(view);
        }
    }
    assert!(known.iter().all(|known| known.len() > 15));
}

/// A bot that reads all hands of its view.
struct Peeker;

impl Bot for Peeker {
    fn new(_: u64) -> Self {
        Self
    }

    fn decide(&mut self, view: &View, own: Seat) -> Input {
        let hand = |of| view.player::<Player>(seat(of)).expect("a player").hand;
        match own.index() {
            0 => assert_eq!((hand(0), hand(1)), (view.tick, 0)),
            _ => assert_eq!(hand(0), 0),
        }
        Input::default()
    }
}

#[test]
fn a_bot_in_a_game_test_sees_only_its_own_hand() {
    let sim = game::testing::play::<Cards, Peeker>(3, 2);
    assert_eq!(sim.tick(), 199);
}

#[test]
fn the_schema_marks_the_private_fields() {
    assert_eq!((Cards::SCHEMA.private, Player::PRIVATE), (0b1010, 0b1010));
    assert_eq!(Cards::SCHEMA.match_fields.len(), 1);
}
