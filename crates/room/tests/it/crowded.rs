//! A game that breaks its own schema: the room ends with an error that names the limit, and the
//! game's own tests fail.

use std::panic::catch_unwind;

use game::{
    BadState, Entity, EntityKind, EventKind, Field, Game, Kind, Member, Mode, Pose, Ranking,
    Reader, Roster, Schema, Seat, SeatInputs, Setting, Settings, Sim, State, Step, View,
};
use protocol::{CloseCode, Encoding};
use room::{Room, RoomConfig};

use crate::support::{config, players, seat, take_message_types};

/// The seed selects the limit that it breaks.
#[derive(Clone)]
struct Crowded {
    seed: u64,
    tick: u32,
}

const HONEST: u64 = 0;
const ENTITIES: u64 = 1;
const SEAT_VALUE: u64 = 2;
const ENTITY_VALUE: u64 = 3;
const ENTITY_KIND: u64 = 4;
const EVENT: u64 = 5;
const ENTITY_FIELDS: u64 = 6;
const NOBODYS_VALUE: u64 = 7;
/// Until this tick it keeps all limits, and uses each to the full.
const BREAKS_AT: u32 = 40;

const HP: Field = Field {
    name: "hp",
    bits: 6,
    kind: Kind::Count,
};

impl Game for Crowded {
    const NAME: &'static str = "crowded";
    const SETTINGS: &'static [Setting] = &[];
    const CONSTANTS: &'static [(&'static str, u32)] = &[];

    fn new(seed: u64, _: &Settings, _: &Roster) -> Self {
        Self { seed, tick: 0 }
    }
    fn join(&mut self, _: &Member) {}
    fn leave(&mut self, _: Seat) {}
    fn set_away(&mut self, _: Seat, _: bool) {}
    fn step(&mut self, step: Step<'_>) {
        self.tick = step.tick;
        let kind = u8::from(self.breaks(EVENT));
        step.events.push(game::Event::new(kind, &[]));
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

impl State for Crowded {
    const SCHEMA: &'static Schema = &Schema {
        match_fields: &[],
        private: 0,
        seat: &[HP],
        entities: &[EntityKind {
            name: "coins",
            changes: false,
            fields: &[HP],
        }],
        events: &[EventKind {
            name: "bang",
            args: &[],
        }],
    };

    fn read(&self, view: &mut View) {
        let hp = 63 + u32::from(self.breaks(SEAT_VALUE));
        view.show(Seat::new(1).expect("a seat"), &[hp]);
        let most = game::ENTITIES_MAX as u32;
        let coins = most.min(self.tick * 13) + u32::from(self.breaks(ENTITIES));
        for born in 0..coins {
            let is_last = born + 1 == coins;
            let hp = 63
                + u32::from(is_last && (self.breaks(ENTITY_VALUE) || self.breaks(NOBODYS_VALUE)));
            let kind = u8::from(is_last && self.breaks(ENTITY_KIND));
            let owner = Seat::new(2).filter(|_| !self.breaks(NOBODYS_VALUE));
            let values = [hp; 2];
            let len = 1 + usize::from(self.breaks(ENTITY_FIELDS));
            view.entities
                .push(Entity::new(kind, owner, born, &values[..len]));
        }
    }
    fn load(&mut self, _: &View) -> Result<(), BadState> {
        Ok(())
    }
    fn save(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.seed.to_le_bytes());
    }
    fn restore(_: &mut Reader<'_>) -> Result<Self, BadState> {
        Err(BadState("it is never restored"))
    }
}

impl Crowded {
    fn breaks(&self, limit: u64) -> bool {
        self.seed == limit && self.tick > BREAKS_AT
    }
}

fn crowded(seed: u64) -> Room<Crowded> {
    let config = RoomConfig {
        seed,
        ..config::<Crowded>("", 0)
    };
    let mut room = Room::new(config, players(3)).expect("a room");
    room.handle_connected(seat(0), Encoding::Json);
    room.handle_connected(seat(1), Encoding::Binary);
    room
}

/// Steps and takes a snapshot in each tick. Returns the fault of the room.
fn fault_after(room: &mut Room<Crowded>, ticks: u32) -> Option<String> {
    for _ in 0..ticks {
        room.handle_tick();
        for index in 0..2 {
            room.poll_snapshot(seat(index), &mut Vec::new());
            while room.poll_reliable(seat(index), &mut Vec::new()).is_some() {}
        }
    }
    room.fault().map(ToString::to_string)
}

const TABLE: [(u64, &str); 7] = [
    (ENTITIES, "513 entities are shown, more than 512"),
    (
        SEAT_VALUE,
        "seat 1: `hp` is 64, which does not fit into 6 bits",
    ),
    (
        ENTITY_VALUE,
        "`coins` of seat 2: `hp` is 64, which does not fit into 6 bits",
    ),
    (
        NOBODYS_VALUE,
        "`coins` of nobody: `hp` is 64, which does not fit into 6 bits",
    ),
    (
        ENTITY_FIELDS,
        "`coins` have 2 values each, and the schema declares 1 fields",
    ),
    (
        ENTITY_KIND,
        "an entity of kind 1 is shown, and the schema declares 1 kinds",
    ),
    (
        EVENT,
        "an event of kind 1 happened, and the schema declares 1 kinds",
    ),
];

#[test]
fn a_room_whose_game_breaks_a_limit_ends_and_names_it() {
    for (seed, error) in TABLE {
        let mut room = crowded(seed);
        assert_eq!(fault_after(&mut room, BREAKS_AT), None);
        // Events are sent in each tick, snapshots to these clients in every second one.
        let tick = if seed == EVENT { 41 } else { 42 };
        let why = format!("the game `crowded` broke a limit at tick {tick}: {error}");
        assert_eq!(fault_after(&mut room, 3), Some(why));
        let closed = [0, 1].map(|index| room.poll_close(seat(index)));
        assert_eq!(closed, [Some(CloseCode::RoomFailed); 2], "{error}");
        assert_eq!(take_message_types(&mut room, 0), [""; 0]);
        assert_eq!((room.tick(), room.outcome()), (tick, None));
    }
}

#[test]
fn a_room_whose_game_fills_its_limits_continues() {
    let mut room = crowded(HONEST);
    assert_eq!(fault_after(&mut room, 3 * BREAKS_AT), None);
    assert_eq!(room.tick(), 3 * BREAKS_AT);
}

#[test]
#[cfg(debug_assertions)]
fn a_games_own_tests_fail_where_it_breaks_a_limit() {
    let steps = |seed: u64, ticks: u32| {
        let mut sim: Sim<Crowded> = Sim::new(seed, &Settings::defaults(&[]), &Roster::of(3));
        for _ in 0..ticks {
            sim.step(&SeatInputs::default(), Mode::Authority, &mut Vec::new());
        }
    };
    for (seed, error) in TABLE {
        steps(seed, BREAKS_AT);
        let panic = catch_unwind(|| steps(seed, BREAKS_AT + 1)).expect_err(error);
        let message = panic.downcast_ref::<String>().expect("a text");
        assert_eq!(message, &format!("crowded at tick 41: {error}"));
    }
    steps(HONEST, 2 * BREAKS_AT);
}
