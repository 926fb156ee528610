//! A seeded network simulator: one room and its clients on virtual time, each over a modeled TCP
//! connection or datagrams. It measures what players see. The same seed gives the same numbers.

mod bot;
mod condition;
mod link;
mod person;
mod play;
mod player;
mod report;
mod screen;
mod server;
mod shooter;

pub use condition::{Condition, LinkProperties, Transport};
pub use link::{Link, Message};
pub use play::{PLAYERS, play, play_game};
pub use report::Report;

/// The duration of a tick, microseconds.
fn tick_us(rate: game::Rate) -> u64 {
    1_000_000 / u64::from(rate.ticks_per_second())
}

/// The time in which client clocks settle, which is not measured: two seconds, in ticks.
fn warm_up_ticks(rate: game::Rate) -> u32 {
    2 * rate.ticks_per_second()
}
