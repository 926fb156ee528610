//! The client as whoever embeds it sees it: bytes and times in, bytes and scenes out.

mod drawing;
mod line;
mod prediction;
mod robustness;
