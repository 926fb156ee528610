//! A room as the relay knows it.

mod chatty;
mod document;
mod ending;
mod inputs;
mod output;
mod presence;
mod support;
