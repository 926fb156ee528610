//! The binary encoding: round trips, and robustness against any bytes.

mod budget;
mod document;
mod events;
mod fixtures;
pub(crate) use fixtures::hex;
mod input;
mod sizes;
mod snapshot;
mod snapshot_size;
mod support;
