//! The protocol as its clients know it.

mod binary;
mod client;
mod close;
mod journal;
mod server;
mod settings;
mod stranger;
mod toy;
