//! The interface of a game: its schema, its deterministic step, its history. No clock, no I/O, integers
//! only.
//!
//! A game author implements [`Game`]. Games, rooms and clients use the rest to run a game: [`Sim`]
//! (history and rewind), and integer geometry, a random generator and a hash with equal results on
//! every machine.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod bot;
mod bytes;
mod check;
mod clock;
pub mod command;
mod entity;
mod event;
mod geometry;
mod hash;
mod input;
mod past;
mod random;
mod ranking;
mod rate;
mod roster;
mod rules;
mod schema;
mod seat;
mod settings;
mod shown;
mod sim;
mod state;
mod sweep;
pub mod testing;
mod trig;
mod view;

pub use bot::{Bot, Every, RandomBot};
pub use bytes::{BadState, Reader};
pub use check::Mistake;
pub use clock::Clock;
pub use entity::{Birth, ENTITIES_MAX, Entity, EntityList, EntityLists};
pub use event::{ARGS_MAX, Event};
pub use geometry::{along, are_near, heading, nearest, walk};
pub use hash::{Hash, hash};
pub use input::{
    Direction, Input, InputField, InputFields, InputKind, InputPlace, InputSchema, InputValue, Pad,
    SeatInput, SeatInputs, aim_from_radians, aim_to_radians, axis, direction,
};
pub use past::{Past, Pose, REWIND_TICKS_MAX};
pub use random::Random;
pub use ranking::{Ranking, STATS_MAX, Standing};
pub use rate::{FRAMES_PER_SECOND, Rate};
pub use roster::{GAME_TEXT_BYTES_MAX, Member, Roster};
pub use rules::{Constants, Game, Mode, Step, Subject, hides};
pub use schema::{
    Arg, ArgKind, ENTITY_KINDS_MAX, EntityKind, EventKind, FIELDS_MAX, Field, Kind, Schema,
};
pub use seat::{SEATS_MAX, SLOTS_MIN, Seat, Seats, slots};
pub use settings::{SETTINGS_MAX, Setting, Settings, SettingsError};
pub use shown::ShownError;
pub use sim::Sim;
pub use state::{Entities, EntityFields, Evaluated, Fields, Number, Players, Save, Spawned, State};
pub use sweep::circles_meet;
pub use trig::{ONE, TURN, cos, sin};
pub use view::{Values, View};

/// Ticks per second of a game with the default rate. For other rates see
/// [`Rate::ticks_per_second`].
pub const TICKS_PER_SECOND: u32 = Rate::HZ60.ticks_per_second();
/// The maximum rewind of a shot, in 1/16 frame (250 ms).
pub const VIEW_DELAY_MAX: u16 = 15 * 16;

/// The names that most games use: `use game::prelude::*;`.
pub mod prelude {
    pub use core::ops::RangeInclusive;

    pub use crate::command::{Command, CommandKind, Refusal};
    pub use crate::{
        Bot, Clock, Constants, Direction, Entities, Evaluated, Event, Every, Game, Input,
        InputFields, InputSchema, Member, Mode, Pad, Players, Random, RandomBot, Ranking, Rate,
        Roster, Seat, Seats, Setting, Settings, Standing, Step, Subject, TICKS_PER_SECOND, View,
        along, are_near, circles_meet, cos, heading, nearest, sin, walk,
    };
}

/// Items that the macros of this crate expand to.
#[doc(hidden)]
pub mod __private {
    pub use alloc::vec::Vec;

    pub use crate::input::InputBits;
    pub use crate::state::{
        Numbers, NumbersMut, evaluated, from_shown, kind, kind_index, kinds, kinds_len, private,
        restore_number, shown, shown_len, to_shown,
    };
}
