//! The functions' handlers, one file per function; [`leaving`] is shared by the two that remove
//! players, [`rooms`] by those for rooms that players make, [`admission`] by those that let players in, and [`admin`]
//! by those for operators.

pub mod admin;
pub mod admin_act;
pub mod admin_view;
pub mod admission;
pub mod assign;
pub mod deliver;
pub mod expire;
pub mod feedback;
pub mod guest;
pub mod leaderboard;
pub mod leaving;
pub mod match_report;
pub mod me;
pub mod me_update;
pub mod pool_list;
pub mod queue_join;
pub mod queue_leave;
pub mod replays;
pub mod room_create;
pub mod room_join;
pub mod room_list;
pub mod room_update;
pub mod room_watch;
pub mod rooms;
pub mod socket_connect;
pub mod socket_disconnect;
pub mod socket_message;
pub mod sweep;

use serde::Deserialize;

/// An event for one pool: `{"pool": "main"}`; other members are ignored.
#[derive(Debug, Deserialize)]
pub struct PoolEvent {
    /// The pool's name.
    pub pool: String,
}
