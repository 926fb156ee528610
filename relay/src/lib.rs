//! The authoritative game server: it owns sockets, real time and threads, and carries bytes between players and rooms.
//!
//! Read it in this order: [`GameServer`] starts everything; `accept` and `admit` bring a player in; `worker` and `hosted`
//! run the ticks; `keeper`, `register`, `inbox` and `bridge` talk to the lobby. Nothing here knows which game it runs:
//! `main.rs` alone names one.

mod accept;
mod admit;
mod answer;
mod bridge;
mod closing;
mod config;
mod directory;
mod hosted;
mod inbox;
mod keeper;
mod metrics;
mod register;
mod report;
mod schedule;
mod server;
mod session;
mod socket;
mod worker;

pub use config::{Config, Limits};
pub use server::{GameServer, StartError};
