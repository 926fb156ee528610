//! The arena, a shooter. Up to five players in a square; the last one alive wins, or the best
//! score at the time limit.
#![no_std]

extern crate alloc;
#[cfg(feature = "bot")]
extern crate std;

mod arena;
#[cfg(feature = "bot")]
mod bot;
mod player;
mod schema;
mod shot;
mod spawn;
mod state;

pub use arena::Arena;
#[cfg(feature = "bot")]
pub use bot::ArenaBot;
pub use schema::{EVENT_HIT, EVENT_KILL, EVENT_OUT, EVENT_SPAWN};

/// Units per px of all positions and lengths in the state.
pub const UNITS_PER_PX: i32 = 16;
/// A side of the square, px.
pub const SIDE_PX: i32 = 824;
/// The radius of a player, px.
pub const PLAYER_RADIUS_PX: i32 = 10;
/// The radius of a projectile, px.
pub const SHOT_RADIUS_PX: i32 = 5;
/// The speed of a player, px/s.
pub const PLAYER_SPEED_PX: i32 = 240;
/// The speed of a projectile, px/s.
pub const SHOT_SPEED_PX: i32 = 600;
/// The time from one shot to the next (250 ms).
pub const COOLDOWN_TICKS: u8 = 15;
/// The time of protection after a spawn (1 s).
pub const PROTECTION_TICKS: u8 = 60;

const TICKS: i32 = game::TICKS_PER_SECOND as i32;
const SIDE: i32 = SIDE_PX * UNITS_PER_PX;
const PLAYER_RADIUS: i32 = PLAYER_RADIUS_PX * UNITS_PER_PX;
const SHOT_RADIUS: i32 = SHOT_RADIUS_PX * UNITS_PER_PX;
/// The movement of a player per tick.
const PLAYER_STEP: i32 = PLAYER_SPEED_PX * UNITS_PER_PX / TICKS;
/// The movement of a projectile per tick.
const SHOT_STEP: i32 = SHOT_SPEED_PX * UNITS_PER_PX / TICKS;
