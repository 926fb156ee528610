//! A room as the relay knows it.

mod bits;
mod chaos;
mod chat_limiter;
mod chatty;
mod crowded;
mod document;
mod ending;
mod inputs;
mod output;
mod presence;
mod random;
mod rejoin;
mod resume;
mod support;
mod takeover;
