//! What the stories need: a running system, their own or a deployment, players, sockets that wait with a deadline, and the
//! documents' schemas.
// A test that cannot go on panics: that is how it says so.
#![allow(clippy::missing_panics_doc)]

pub mod connection;
pub mod docs;
pub mod game;
pub mod http;
pub mod main_pool;
pub mod player;
pub mod socket;
pub mod story;
pub mod system;
pub mod tokens;

pub use main_pool::MainPool;
pub use player::Player;
pub use socket::Socket;
pub use system::System;
