//! The gateway over real sockets, with a stand-in for the Lambda endpoint and the real AWS SDK.
// Helpers are tests as well: clippy.toml only exempts functions that are marked as tests.
#![allow(clippy::unwrap_used)]

mod connections;
mod ending;
mod events;
mod handshake;
mod limits;
mod support;
