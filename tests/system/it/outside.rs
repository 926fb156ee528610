//! What anybody can see who knows nothing but the front door. So these stories are told of any system: their own, or a
//! deployment (`support::system`):
//!
//!     SKIRMISH_URL=https://127.0.0.1:18443 SSL_CERT_FILE=… JWT_SECRET=… cargo test -p tests --test it outside::

mod bad_input;
mod browser;
mod calls;
mod door;
mod join;
mod leaderboard;
mod matches;
mod rejoin;
mod seating;
mod sockets;
mod stranger;
