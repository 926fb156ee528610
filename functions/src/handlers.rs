//! What each function does, a file per bin; [`leaving`] is shared by the two that take players out.

pub mod feedback;
pub mod guest;
pub mod leaderboard;
pub mod leaving;
pub mod notify;
pub mod queue_join;
pub mod queue_leave;
pub mod queue_status;
pub mod replays;
pub mod room_assign;
pub mod room_expire;
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
