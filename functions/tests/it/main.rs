//! The functions tried from outside, without a Lambda runtime: tokens, input, answers, a real Redis, a real HTTP client.

mod auth;
mod config;
mod input;
mod jwks;
mod lobby_socket;
mod match_making;
mod names;
mod push;
mod support;
