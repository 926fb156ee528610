//! Every Redis key, every Lua script, every lobby rule: the only crate that names `redis`.
//!
//! Redis is the truth. Each transition is one script (`lua/NAME.lua`) that changes the state, arms the deadlines and writes
//! one outbox entry; this crate calls the scripts, and does what spans slots around them: claims, relays, sessions, pushes.
//! Read it in the order of the story: [`Lobby::join`], [`Pool::assign`], [`Pool::drain`], [`Lobby::redeem`],
//! [`Pool::claim_room`], [`Pool::checkpoint`], [`Pool::finish`]; [`Pool::decide_due`] is what happens when time runs out.

mod board;
pub mod check;
mod checkpoint;
mod claim;
mod error;
mod hand_over;
mod hints;
mod inbox;
pub mod journal;
mod keys;
mod link;
mod lobby;
mod matches;
mod mend;
#[cfg(feature = "mutate")]
mod mutate;
mod node;
mod origin;
mod outbox;
mod player;
mod pool;
mod relays;
mod replay;
mod request;
mod script;
mod session;
mod settings;
mod slots;
mod stay;
#[cfg(test)]
#[path = "../tests/it/server.rs"]
#[allow(dead_code, reason = "the integration tests use the rest")]
mod test_server;
pub mod timing;
mod view;

pub use board::Rank;
pub use checkpoint::{Checkpoint, CheckpointPlayer, Checkpointed, Saved, SavedRoom};
pub use error::{Error, Result};
pub use hand_over::HandedOver;
pub use hints::{Hint, Hints};
pub use inbox::InboxMessage;
pub use lobby::Lobby;
pub use matches::{Claimed, ClaimedPlayer, Finished, Redeemed, Score};
pub use origin::Origin;
pub use outbox::{Drained, Push, Pushed};
pub use player::{Forfeited, GameTicket, Join, Joined, Left, Me, Status};
pub use pool::{Assigned, Decided, Pool, Work};
pub use relays::RelayInfo;
pub use replay::{ReplayChunk, Replayed};
pub use request::{First, Request};
pub use settings::{PoolSettings, Pools};
pub use view::{PlayerStatus, PlayerView, ProjectileView, RoomAnswer, RoomView};
