//! Tag's schema and its saved state.

use alloc::vec::Vec;

use game::{
    Arg, ArgKind, BadState, EventKind, Field, Kind, Reader, SEATS_MAX, Schema, Seat, Setting,
    TICKS_PER_SECOND, Values,
};

/// Positions inside are in this many parts of a pixel.
pub(crate) const UNITS_PER_PX: i32 = 16;
const SIDE_PX: i32 = 824;
const RADIUS_PX: i32 = 14;
/// px/s.
const SPEED_PX: i32 = 240;
/// Of the one who is it, px/s.
const IT_SPEED_PX: i32 = 270;
/// After a touch (1 s).
pub(crate) const REST_TICKS: u32 = 60;

pub(crate) const SIDE: i32 = SIDE_PX * UNITS_PER_PX;
pub(crate) const RADIUS: i32 = RADIUS_PX * UNITS_PER_PX;
/// Where a player's middle is at the far walls.
pub(crate) const FAR: i32 = SIDE - RADIUS;
/// In a tick.
pub(crate) const SLOW: i32 = SPEED_PX * UNITS_PER_PX / TICKS_PER_SECOND as i32;
pub(crate) const FAST: i32 = IT_SPEED_PX * UNITS_PER_PX / TICKS_PER_SECOND as i32;
/// Where each seat starts, px: in the corners and in the middle.
const STARTS_PX: [(i32, i32); SEATS_MAX] =
    [(124, 124), (700, 700), (700, 124), (124, 700), (412, 412)];

pub(crate) const SETTING_MATCH_SECONDS: usize = 0;
pub(crate) const SETTINGS: &[Setting] = &[Setting {
    name: "match_seconds",
    default: 90,
    min: 1,
    max: 600,
}];

/// What `render.ts` draws with.
pub(crate) const CONSTANTS: &[(&str, u32)] = &[
    ("width", SIDE_PX as u32),
    ("height", SIDE_PX as u32),
    ("player_radius", RADIUS_PX as u32),
    ("player_speed", SPEED_PX as u32),
    ("it_speed", IT_SPEED_PX as u32),
    ("rest_ticks", REST_TICKS),
];

const PX: Kind = Kind::Linear {
    per_px: UNITS_PER_PX as u16,
};

/// A player.
const FIELDS: [Field; 7] = [
    field("x", 14, PX),
    field("y", 14, PX),
    field("it", 1, Kind::Flag),
    field("rest", 6, Kind::Timer),
    field("score", 10, Kind::Count),
    field("away", 1, Kind::Flag),
    field("out", 1, Kind::Flag),
];
// Where the fields have them.
pub(crate) const X: usize = 0;
pub(crate) const Y: usize = 1;
pub(crate) const IT: usize = 2;
/// Ticks after a touch in which both players keep their speed and catch nobody.
pub(crate) const REST: usize = 3;
pub(crate) const SCORE: usize = 4;
pub(crate) const AWAY: usize = 5;
/// Gave up the seat; the player stays, ranked last.
pub(crate) const OUT: usize = 6;

/// Somebody is it now.
pub(crate) const EVENT_TAG: u8 = 0;

pub(crate) const SCHEMA: &Schema = &Schema {
    seat: &FIELDS,
    entities: &[],
    events: &[EventKind {
        name: "tag",
        args: &[seat("player_id"), seat("by")],
    }],
};

/// A player at the start.
pub(crate) fn start(seat: Seat) -> Values {
    let (x, y) = STARTS_PX[seat.index()];
    let mut player = Values::default();
    (player[X], player[Y]) = ((x * UNITS_PER_PX) as u32, (y * UNITS_PER_PX) as u32);
    player
}

pub(crate) fn save(players: &[Option<Values>; SEATS_MAX], out: &mut Vec<u8>) {
    for player in players {
        out.push(player.is_some().into());
        for number in player.iter().flat_map(|player| &player[..FIELDS.len()]) {
            out.extend(number.to_le_bytes());
        }
    }
}

pub(crate) fn restore(bytes: &mut Reader<'_>) -> Result<[Option<Values>; SEATS_MAX], BadState> {
    let mut players = [None; SEATS_MAX];
    for player in &mut players {
        if bytes.flag()? {
            let numbers = player.insert(Values::default());
            for (number, field) in numbers.iter_mut().zip(&FIELDS) {
                *number = bytes.u32()?;
                if *number > field.max() {
                    return Err(BadState("a number is out of range"));
                }
            }
        }
    }
    Ok(players)
}

const fn field(name: &'static str, bits: u8, kind: Kind) -> Field {
    Field { name, bits, kind }
}

const fn seat(name: &'static str) -> Arg {
    let kind = ArgKind::Seat;
    Arg { name, kind }
}
