//! The protocol as clients use it.

mod binary;
mod client;
mod close;
mod journal;
mod server;
mod settings;
mod stranger;
mod toy;
