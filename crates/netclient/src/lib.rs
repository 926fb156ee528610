//! The client half of a match: the clock, the prediction of the own player, and the drawing of
//! others. No I/O and no clock: the caller passes bytes and the time in microseconds.
//!
//! Pass received frames to [`NetClient::handle_binary`] and the player's input to [`NetClient::set_input`]. In each
//! frame, draw [`NetClient::scene`] and, if the socket accepts data, send the output of [`NetClient::poll_transmit`].
//! The same code runs in browsers, in bots and in the network simulator. A [`Spectator`] draws a replay or a filtered
//! recording into the same [`Scene`].
#![no_std]

extern crate alloc;

mod arrivals;
mod client;
mod clock;
mod delay;
mod draw;
mod input_log;
mod interpolation;
mod limited;
mod others;
mod pace;
mod playback;
mod prediction;
mod receive;
mod scene;
mod shots;
mod smoothing;
mod snapshots;
mod spectator;
mod stats;
mod window;

use game::Rate;

pub use client::{Error, Happened, NetClient, Welcome};
pub use playback::Hashes;
pub use scene::{Body, Scene, Thing};
pub use spectator::Spectator;
pub use stats::Stats;

/// The duration of a tick, microseconds.
fn tick_us(rate: Rate) -> f64 {
    1e6 / f64::from(rate.ticks_per_second())
}

/// The time from one moment to another, microseconds; 0 if they are in reverse order.
fn us_between(from_us: u64, to_us: u64) -> f64 {
    to_us.saturating_sub(from_us) as f64
}
