//! The protocol as clients use it.

mod binary;
mod client;
mod close;
mod command;
mod declared_input;
mod filtered;
mod game_message;
mod pad_bytes;
mod record;
mod server;
mod settings;
mod third_party;
mod toy;
mod watch;
