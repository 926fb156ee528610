//! The client half of a match: the clock, the prediction of the own player, and the drawing of
//! others. No I/O and no clock: the caller passes bytes and the time in microseconds.
//!
//! Feed what arrives to [`NetClient::handle_binary`], tell what the player wants with [`NetClient::set_input`], and each
//! frame draw [`NetClient::scene`] and write what [`NetClient::poll_transmit`] gives, as long as the socket takes it.
//! The same code plays in a browser, in bots and in the network simulator. What a match's replay shows, a [`Spectator`]
//! draws into the same [`Scene`].
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
pub use scene::{Body, Scene, Thing};
pub use spectator::{Hashes, Spectator};
pub use stats::Stats;

/// Microseconds of a tick.
fn tick_us(rate: Rate) -> f64 {
    1e6 / f64::from(rate.ticks_per_second())
}

/// From one moment to another, in microseconds.
fn us_between(from_us: u64, to_us: u64) -> f64 {
    to_us.saturating_sub(from_us) as f64
}
