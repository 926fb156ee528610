//! The authoritative game server: sockets, real time and threads, and the bytes between players and
//! rooms.
//!
//! Read it in this order: [`GameServer`] starts everything. `net` accepts connections and checks
//! handshakes. `rooms` claims a room or resumes it from another server's checkpoint, writes its
//! checkpoints, and hands it over. `worker` runs the ticks and writes the journal. `watch` serves
//! watchers. `lobby` renews the lease, reads the inbox and invokes functions. Only the package
//! `relay-program` names games.

mod config;
mod games;
mod lobby;
mod metrics;
mod net;
mod rooms;
mod serve;
mod server;
mod shared;
mod stats_logger;
mod watch;
mod worker;

pub use config::{Config, Limits};
pub use games::GameEntry;
pub use serve::{Ended, serve};
pub use server::{GameServer, StartError};
