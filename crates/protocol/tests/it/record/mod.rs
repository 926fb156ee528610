//! Records in the journal and in a replay.

mod append;
mod document;
mod joins;
mod parts;
mod records;
mod replay;
pub(crate) mod support;
