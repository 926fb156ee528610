//! The binary encoding: whatever is sent arrives, and whatever arrives is taken calmly.

mod events;
mod input;
mod sizes;
mod snapshot;
mod support;
