//! The protocol as clients use it.

mod binary;
mod client;
mod close;
mod game_message;
mod record;
mod server;
mod settings;
mod third_party;
mod toy;
