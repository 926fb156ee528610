//! The functions from outside, without a Lambda runtime: tokens, input, answers, a real Redis, a
//! real HTTP client.
// expect-test writes its expectations with hashes.
#![allow(clippy::needless_raw_string_hashes)]

mod admin;
mod admin_kill;
mod admin_settings;
mod admin_state;
mod auth;
mod config;
mod guests;
mod input;
mod jwks;
mod lobby_socket;
mod match_making;
mod me_update;
mod names;
mod pool_list;
mod push;
mod redis_away;
mod repeats;
mod replays;
mod reports;
mod room_list;
mod rooms;
mod routes;
mod steps;
mod support;
mod traces;
