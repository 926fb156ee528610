//! A game that hides players and entities: no byte that a player gets depends on hidden state.

use game::prelude::*;
use game::{State, Subject};
use protocol::Encoding;
use protocol::binary::{Layout, decode_snapshot};
use room::Room;

use crate::support::{config, filtered, open_filtered, players, seat, snapshot, tick};

/// How far a player sees, px.
const SIGHT: i32 = 200;

game::state! {
    /// Players in fog.
    pub struct Fog {
        random: hidden(Random),
        flares: entities(Flare),
        players: seats(Player),
    }

    /// Seat 0 is at 100 px, seat 1 next to it. The seed decides the position of seat 2, far away.
    pub struct Player { x: length(14, 16) }

    /// A past position of its owner.
    pub struct Flare { x: length(14, 16) }
}

impl Game for Fog {
    const NAME: &'static str = "fog";
    const CONSTANTS: Constants = &[];
    const HIDES: bool = true;

    fn new(seed: u64, _: &Settings, roster: &Roster) -> Self {
        Self {
            random: Random::new(seed),
            flares: Entities::default(),
            players: Players::of(roster, |_| Player { x: 100 * 16 }),
        }
    }

    fn join(&mut self, _: &Member) {}
    fn leave(&mut self, _: Seat) {}

    fn step(&mut self, step: Step<'_>) {
        for (seat, player) in self.players.iter_mut() {
            let px = match seat.index() {
                0 => 100,
                1 if (step.tick / 10).is_multiple_of(2) => 150,
                1 => 400,
                _ => 500 + self.random.below(300) as i32,
            };
            player.x = px * 16;
            // The number of the far player's flares is also secret.
            if seat.index() < 2 || self.random.below(2) == 0 {
                self.flares.spawn(step.tick, seat, Flare { x: player.x });
            }
        }
        self.flares.retain(|flare| flare.age(step.tick) < 9);
    }

    fn sees(&self, viewer: Seat, subject: Subject<'_>) -> bool {
        let x = match subject {
            Subject::Seat(seat) => self.players.get(seat).map(|player| player.x),
            Subject::Entity(entity) => entity.values.first().map(|&x| x as i32),
        };
        let me = self.players.get(viewer);
        me.zip(x)
            .is_some_and(|(me, x)| (me.x - x).abs() <= SIGHT * 16)
    }

    fn outcome(&self) -> Option<Ranking> {
        None
    }

    fn is_alive(&self, _: Seat) -> bool {
        true
    }
}

fn fog(seed: u64, encoding: Encoding) -> Room<Fog> {
    let mut config = config::<Fog>("", 0);
    config.seed = seed;
    let mut room = Room::new(config, players(3)).expect("a room");
    for seat in room.seats().iter() {
        room.handle_connected(seat, encoding);
    }
    room
}

/// All messages to seat 0 in 60 ticks, without some snapshots that it misses, and the room's view.
fn everything(seed: u64, encoding: Encoding) -> (Vec<u8>, String) {
    let mut room = fog(seed, encoding);
    let (mut out, mut others) = (Vec::new(), Vec::new());
    for frame in 0..60 {
        tick(&mut room, 1);
        while room.poll_reliable(seat(0), &mut out).is_some() {}
        if frame % 7 != 3 {
            room.poll_snapshot(seat(0), &mut out);
        }
        if frame % 3 != 0 {
            room.poll_snapshot(seat(1), &mut others);
            room.poll_snapshot(seat(2), &mut others);
        }
        if frame == 40 {
            room.handle_disconnected(seat(0));
            room.handle_connected(seat(0), encoding);
        }
    }
    (out, format!("{:?}", room.mirror()))
}

#[test]
fn no_byte_depends_on_players_and_entities_out_of_sight() {
    for encoding in Encoding::ALL {
        let first = everything(1, encoding);
        for seed in 2..20 {
            assert!(
                everything(seed, encoding) == first,
                "{encoding:?}, seed {seed}"
            );
        }
    }
}

#[test]
fn watchers_see_nobody_in_the_fog() {
    let recorded = |seed| {
        let mut room = fog(seed, Encoding::Binary);
        tick(&mut room, 60);
        let recorded = filtered(&mut room);
        (room, recorded)
    };
    let (room, first) = recorded(1);
    for seed in 2..20 {
        assert!(recorded(seed).1 == first, "seed {seed}");
    }
    let mut shown = open_filtered(&room, &first.1);
    shown.seek(30).expect("a tick");
    let mut view = View::default();
    shown.view(&mut view);
    assert_eq!(view, View::at(30));
}

#[test]
fn a_player_sees_players_in_sight() {
    let mut room = fog(1, Encoding::Binary);
    let mut known: Vec<View> = Vec::new();
    let mut seen = Vec::new();
    for _ in 0..30 {
        tick(&mut room, 1);
        let (mut bytes, mut view) = (Vec::new(), View::default());
        if room.poll_snapshot(seat(0), &mut bytes).is_none() {
            continue;
        }
        let find = |tick| known.iter().find(|view| view.tick == tick);
        decode_snapshot(Layout::of::<Fog>(), &bytes, find, &mut view).expect("a snapshot");
        assert_eq!(
            view.seats().contains(seat(1)),
            (view.tick / 10).is_multiple_of(2)
        );
        assert!(!view.seats().contains(seat(2)));
        let far = SIGHT as u32 * 16 + 1600;
        assert!(view.entities.iter().all(|flare| flare.values[0] <= far));
        assert!(
            view.entities
                .iter()
                .any(|flare| flare.birth.owner == Some(seat(0)))
        );
        seen.push(view.seats().len());
        known.push(view);
    }
    assert!(seen.contains(&1) && seen.contains(&2));
    assert_eq!(Fog::SCHEMA.private, 0);
}

#[test]
fn text_snapshots_omit_hidden_players() {
    let mut room = fog(1, Encoding::Json);
    tick(&mut room, 12);
    let shown = snapshot(&mut room, 0).expect("a snapshot");
    let players: Vec<_> = shown.players.keys().map(String::as_str).collect();
    assert_eq!(players, ["p0"]);
    assert!(
        shown.entities["flares"]
            .iter()
            .all(|flare| flare.player_id.as_deref() != Some("p2"))
    );
}
