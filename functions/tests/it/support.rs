//! Shared helpers.

pub(crate) mod calls;
pub(crate) mod events;
pub(crate) mod keys;
pub(crate) mod players;
pub(crate) mod server;
pub(crate) mod world;
