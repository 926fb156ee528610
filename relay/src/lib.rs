//! The authoritative game server: it owns sockets, real time and threads, and carries bytes between players and rooms.
//!
//! Read it in this order: [`GameServer`] starts everything; `accept` and `admit` bring a player in; `claim` and `resume`
//! bring his room; `worker` and `hosted` run the ticks, `journal` writes them down; `keeper`, `register`, `inbox` and
//! `bridge` talk to the lobby; `drain` hands the rooms over; `watchdog` notices a game that does not return. Nothing here knows which game it runs: `main.rs` alone names one.

mod accept;
mod admit;
mod answer;
mod bridge;
mod checkpoint;
mod claim;
mod closing;
mod config;
mod directory;
mod drain;
mod gathering;
mod hosted;
mod inbox;
mod journal;
mod keeper;
mod metrics;
mod poller;
mod pulse;
mod register;
mod report;
mod resume;
mod schedule;
mod serve;
mod server;
mod session;
mod socket;
mod strain;
mod verify;
mod watch;
mod watchdog;
mod worker;

pub use config::{Config, Limits};
pub use serve::{Ended, serve};
pub use server::{GameServer, StartError};
