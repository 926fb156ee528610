//! The binary encoding: whatever is sent arrives, and whatever arrives is taken calmly.

mod document;
mod events;
mod fixtures;
pub(crate) use fixtures::hex;
mod input;
mod sizes;
mod snapshot;
mod support;
