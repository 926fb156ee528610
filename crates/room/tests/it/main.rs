//! Tests of the room through its public interface.

mod bits;
mod budget;
mod chaos;
mod chat_limiter;
mod chatty;
mod commands;
mod crowded;
mod declared_input;
mod document;
mod ending;
mod hidden;
mod inputs;
mod large;
mod late;
mod output;
mod presence;
mod private;
mod random;
mod rate;
mod rejoin;
mod resume;
mod roster;
mod sixteen;
mod sleep;
mod support;
mod takeover;
