//! A room as the relay knows it.

mod bits;
mod chaos;
mod chatty;
mod document;
mod ending;
mod inputs;
mod output;
mod presence;
mod support;
mod talk;
