//! Tests of the whole game server: with a real Redis, real sockets and real threads. Only Lambda is a stand-in.

// `UPDATE_EXPECT=1` writes them so.
#![allow(clippy::needless_raw_string_hashes)]

mod abuse;
mod bits;
mod bots;
mod bridge;
mod describe;
mod door;
mod drain;
mod games;
mod hang;
mod journal;
mod kill;
mod late;
mod play;
mod redis_away;
mod resume;
mod rooms;
mod seats;
mod sleep;
mod stall;
mod support;
mod traces;
mod watch;
mod watch_hidden;
mod webtransport;
