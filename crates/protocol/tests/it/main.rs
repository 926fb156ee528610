//! The protocol as clients use it.

mod binary;
mod client;
mod close;
mod command;
mod game_message;
mod record;
mod server;
mod settings;
mod third_party;
mod toy;
