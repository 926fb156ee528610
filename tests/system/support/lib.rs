//! Support for the system tests: a running system, players, sockets with deadlines, and the schemas of the documents.
// A test that cannot continue panics.
#![allow(clippy::missing_panics_doc)]

pub mod connection;
pub mod docs;
pub mod game;
pub mod http;
pub mod main_pool;
pub mod page;
pub mod player;
pub mod socket;
pub mod system;
pub mod tokens;
pub mod udp_forwarder;

pub use main_pool::MainPool;
pub use player::Player;
pub use socket::Socket;
pub use system::System;
pub use udp_forwarder::UdpForwarder;
