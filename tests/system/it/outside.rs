//! End-to-end tests that use only the front door, so that they run against any system: one that they start, or a
//! deployment (`support::system`):
//!
//!     SKIRMISH_URL=https://127.0.0.1:18443 SSL_CERT_FILE=… JWT_SECRET=… cargo test -p system --test it outside::

mod bad_input;
mod browser;
mod calls;
mod front_door;
mod gathering;
mod join;
mod leaderboard;
mod matches;
mod rejoin;
mod seating;
mod sockets;
mod third_party_client;
