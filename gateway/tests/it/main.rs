//! The gateway over real sockets, with a stand-in for the Lambda endpoint and the real AWS SDK.
// Helpers are tests too: clippy.toml frees only the functions marked as such.
#![allow(clippy::unwrap_used)]

mod connections;
mod ending;
mod events;
mod handshake;
mod limits;
mod support;
