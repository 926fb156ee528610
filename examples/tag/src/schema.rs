//! Owns how tag looks from outside.

use game::{Arg, ArgKind, EventKind, Field, Kind, Schema, Setting, TICKS_PER_SECOND};

use crate::runner::{IMMUNE_TICKS, IT_SPEED_PX, RADIUS_PX, SIDE_PX, SPEED_PX};

/// Positions are in this many parts of a pixel.
pub(crate) const UNITS_PER_PX: i32 = 16;
/// The longest match there is.
pub(crate) const MATCH_SECONDS_MAX: u32 = 600;
/// Nobody is free for longer than the longest match.
pub(crate) const FREE_TICKS_MAX: u32 = MATCH_SECONDS_MAX * TICKS_PER_SECOND;
/// Somebody is it now.
pub(crate) const EVENT_TAG: u8 = 0;
pub(crate) const SETTING_MATCH_SECONDS: usize = 0;

pub(crate) const SETTINGS: &[Setting] = &[Setting {
    name: "match_seconds",
    default: 90,
    min: 1,
    max: MATCH_SECONDS_MAX as i32,
}];

pub(crate) const CONSTANTS: &[(&str, u32)] = &[
    ("width", SIDE_PX as u32),
    ("height", SIDE_PX as u32),
    ("player_radius", RADIUS_PX as u32),
    ("player_speed", SPEED_PX as u32),
    ("it_speed", IT_SPEED_PX as u32),
    ("immune_ticks", IMMUNE_TICKS as u32),
];

const PX: Kind = Kind::Linear {
    per_px: UNITS_PER_PX as u16,
};

/// Where the schema has them.
pub(crate) const IT: usize = 2;
pub(crate) const IMMUNE: usize = 3;
pub(crate) const OUT: usize = 6;

/// `score` is whole seconds of not being it.
pub(crate) const SCHEMA: &Schema = &Schema {
    seat: &[
        Field {
            name: "x",
            bits: 14,
            kind: PX,
        },
        Field {
            name: "y",
            bits: 14,
            kind: PX,
        },
        Field {
            name: "it",
            bits: 1,
            kind: Kind::Flag,
        },
        Field {
            name: "immune",
            bits: 6,
            kind: Kind::Timer,
        },
        Field {
            name: "score",
            bits: 10,
            kind: Kind::Count,
        },
        Field {
            name: "away",
            bits: 1,
            kind: Kind::Flag,
        },
        Field {
            name: "out",
            bits: 1,
            kind: Kind::Flag,
        },
    ],
    entities: &[],
    events: &[EventKind {
        name: "tag",
        args: &[
            Arg {
                name: "player_id",
                kind: ArgKind::Seat,
            },
            Arg {
                name: "by",
                kind: ArgKind::Seat,
            },
        ],
    }],
};
