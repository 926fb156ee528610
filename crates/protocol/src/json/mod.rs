//! `skirmish.json.v1`: messages as JSON text.

mod client;
mod input;
mod payload;
mod server;
pub(crate) mod write;

pub(crate) use client::{decode_client, encode_command, encode_message};
pub(crate) use input::encode_input;
pub(crate) use server::{
    body, command_result, error, event, joined, message, message_result, moved, over, snapshot,
    welcome,
};
