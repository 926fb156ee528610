//! Records, as the journal and a replay keep them.

mod append;
mod document;
mod joins;
mod parts;
mod records;
mod replay;
pub(crate) mod support;
