//! What a match did, as its journal and its replay keep it.

mod document;
mod record;
mod replay;
mod support;
