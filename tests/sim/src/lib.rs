//! A seeded network simulator: one room and its clients on virtual time, each over a modeled TCP
//! connection. It measures what players see. The same seed gives the same numbers.

mod bot;
mod condition;
mod link;
mod play;
mod player;
mod report;
mod screen;
mod server;

pub use condition::{Condition, Line};
pub use link::{Link, Message};
pub use play::play;
pub use report::Report;

const TICK_US: u64 = 1_000_000 / game::TICKS_PER_SECOND as u64;
