//! Records, as the journal and a replay keep them.

mod document;
mod joins;
mod parts;
mod records;
mod replay;
pub(crate) mod support;
