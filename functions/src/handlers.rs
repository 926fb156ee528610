//! What each function does, a file per bin; [`leaving`] is shared by the two that take players out.

pub mod assign;
pub mod deliver;
pub mod expire;
pub mod feedback;
pub mod guest;
pub mod leaderboard;
pub mod leaving;
pub mod me;
pub mod queue_join;
pub mod queue_leave;
pub mod replays;
pub mod socket_connect;
pub mod socket_disconnect;
pub mod socket_message;
pub mod sweep;

use serde::Deserialize;

/// An event for one pool: `{"pool": "main"}`; whatever else a schedule or a bridge puts in is ignored.
#[derive(Debug, Deserialize)]
pub struct PoolEvent {
    /// The pool's name.
    pub pool: String,
}
