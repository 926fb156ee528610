//! The arena's schema.

use game::{Arg, ArgKind, EntityKind, EventKind, Field, Kind, Schema, Setting};

use crate::{
    COOLDOWN_TICKS, PLAYER_RADIUS_PX, PLAYER_SPEED_PX, PROTECTION_TICKS, SHOT_RADIUS_PX,
    SHOT_SPEED_PX, SIDE_PX, UNITS_PER_PX,
};

/// A projectile struck a player.
pub const EVENT_HIT: u8 = 0;
/// A player lost a life to another, who scores.
pub const EVENT_KILL: u8 = 1;
/// A player is back in the world.
pub const EVENT_SPAWN: u8 = 2;
/// A player has no life left.
pub const EVENT_OUT: u8 = 3;

pub(crate) const SETTING_MATCH_SECONDS: usize = 0;
pub(crate) const SETTING_LIVES: usize = 1;

pub(crate) const SETTINGS: &[Setting] = &[
    Setting {
        name: "match_seconds",
        default: 180,
        min: 1,
        max: 3600,
    },
    Setting {
        name: "lives",
        default: 3,
        min: 1,
        max: 3,
    },
];

pub(crate) const CONSTANTS: &[(&str, u32)] = &[
    ("width", SIDE_PX as u32),
    ("height", SIDE_PX as u32),
    ("player_radius", PLAYER_RADIUS_PX as u32),
    ("projectile_radius", SHOT_RADIUS_PX as u32),
    ("player_speed", PLAYER_SPEED_PX as u32),
    ("projectile_speed", SHOT_SPEED_PX as u32),
    ("cooldown_ticks", COOLDOWN_TICKS as u32),
    ("protection_ticks", PROTECTION_TICKS as u32),
];

const LINEAR: Kind = Kind::Linear {
    per_px: UNITS_PER_PX as u16,
};
const PLAYER: ArgKind = ArgKind::Seat;
const COUNT: ArgKind = ArgKind::Value(Kind::Count);

pub(crate) const SCHEMA: &Schema = &Schema {
    match_fields: &[],
    private: 0,
    seat: &[
        Field {
            name: "x",
            bits: 14,
            kind: LINEAR,
        },
        Field {
            name: "y",
            bits: 14,
            kind: LINEAR,
        },
        Field {
            name: "aim",
            bits: 10,
            kind: Kind::Angle,
        },
        Field {
            name: "lives",
            bits: 2,
            kind: Kind::Count,
        },
        Field {
            name: "score",
            bits: 4,
            kind: Kind::Count,
        },
        Field {
            name: "timer",
            bits: 7,
            kind: Kind::Timer,
        },
        Field {
            name: "away",
            bits: 1,
            kind: Kind::Flag,
        },
    ],
    entities: &[EntityKind {
        name: "projectiles",
        changes: false,
        fields: &[
            Field {
                name: "x",
                bits: 14,
                kind: LINEAR,
            },
            Field {
                name: "y",
                bits: 14,
                kind: LINEAR,
            },
            Field {
                name: "angle",
                bits: 10,
                kind: Kind::Angle,
            },
        ],
    }],
    events: &[
        EventKind {
            name: "hit",
            args: &[
                Arg {
                    name: "player_id",
                    kind: PLAYER,
                },
                Arg {
                    name: "by",
                    kind: PLAYER,
                },
                Arg {
                    name: "projectile",
                    kind: ArgKind::Entity,
                },
                Arg {
                    name: "x",
                    kind: ArgKind::Value(LINEAR),
                },
                Arg {
                    name: "y",
                    kind: ArgKind::Value(LINEAR),
                },
            ],
        },
        EventKind {
            name: "kill",
            args: &[
                Arg {
                    name: "player_id",
                    kind: PLAYER,
                },
                Arg {
                    name: "by",
                    kind: PLAYER,
                },
                Arg {
                    name: "lives",
                    kind: COUNT,
                },
                Arg {
                    name: "score",
                    kind: COUNT,
                },
            ],
        },
        EventKind {
            name: "spawn",
            args: &[
                Arg {
                    name: "player_id",
                    kind: PLAYER,
                },
                Arg {
                    name: "x",
                    kind: ArgKind::Value(LINEAR),
                },
                Arg {
                    name: "y",
                    kind: ArgKind::Value(LINEAR),
                },
            ],
        },
        EventKind {
            name: "out",
            args: &[Arg {
                name: "player_id",
                kind: PLAYER,
            }],
        },
    ],
};
