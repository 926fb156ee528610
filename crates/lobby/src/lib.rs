//! The lobby over Redis: every key, every Lua script and every rule. No other crate uses `redis`.
//!
//! Redis holds the state. Each transition is one script (`lua/NAME.lua`) that changes the state,
//! arms the deadlines and writes one outbox entry. This crate calls the scripts, and implements what spans several
//! slots: claims, relays, sessions, deliveries.
//!
//! To follow a match, read [`Pool::queue_join`], [`Pool::assign`], [`Outbox::deliver`],
//! [`Tickets::redeem`], [`Matches::claim_room`], [`Matches::checkpoint`] and [`Matches::finish`];
//! then [`Deadlines::expire`] for what happens when time runs out. [`timing`] has the leases and
//! timeouts, [`Sweep::repair`] and [`check`] the invariants.
//!
//! A file is named after the type it defines. `redis/` is the client and loads the scripts;
//! `store.rs` runs them with a pool's keys and settings; the types on top of it are fields of
//! [`Lobby`] (all pools) or [`Pool`] (one pool).

mod admin;
mod audit;
mod bans;
mod bridge;
pub mod check;
mod deadlines;
mod error;
mod fleet;
mod game_settings;
mod hints;
mod inbox;
pub mod journal;
mod keys;
mod leaderboard;
mod live_settings;
mod lobby;
mod matches;
#[cfg(any(feature = "mutate", test))]
mod mutate;
mod origin;
mod outbox;
mod players;
mod pool;
mod redis;
mod regions;
mod relays;
mod replays;
mod reports;
mod requests;
mod rooms;
mod sessions;
mod settings;
mod store;
mod sweep;
mod tickets;
pub mod timing;
mod types;

pub use admin::{
    Admin, Drained, KILL_INTERVAL_S, Killed, ListedRooms, LiveState, MadeRoomDetail, OutboxState,
    PlayerState, PoolState, RelayState, Removal, Removed, RoomClosed, RoomDetail, RoomMember,
    RoomRow, is_rooms_cursor,
};
pub use audit::{Act, Audit, AuditEntry, is_entry_id};
pub use bans::{Ban, Bans};
pub use bridge::{Bridge, Work};
pub use deadlines::{Deadlines, EXPIRE_MAX, Expired};
pub use error::{Error, Result};
pub use game_settings::{GameSettings, SettingRange, SettingRefused};
pub use hints::{Hint, Hints};
pub use inbox::{Inbox, InboxMessage, Received, StateWanted};
pub use leaderboard::{LIMIT_MAX, Leaderboard, Rank};
pub use live_settings::{LiveSettings, SettingsChange};
pub use lobby::Lobby;
pub use matches::{
    Checkpoint, CheckpointPlayer, Checkpointed, Claimed, ClaimedPlayer, Finished, HandedOver,
    Matches, Offered, RECORDING_BYTES_MAX, Recorded, Saved, SavedRoom, Score, SeatReturn,
};
pub use origin::{Origin, host_of};
pub use outbox::{DeliveryReport, Outbox, Push, Pushed, TracedPush};
pub use players::Players;
pub use pool::{Assigned, Pool, TracedSeat};
pub use regions::{Latencies, LatenciesInvalid, is_region};
pub use relays::{RelayInfo, Relays};
pub use replays::{ReplayChunk, Replayed, Replays};
pub use reports::{Report, ReportEntry, Reported, Reports};
pub use requests::{First, Request, Requests};
pub use rooms::{
    CodeAnswer, CodeView, Entered, Entering, Host, LIST_DEFAULT, LIST_MAX, ListedRoom, MadeRoom,
    NewRoom, PlayerStatus, PlayerView, ProjectileView, RoomAnswer, RoomChange, RoomList, RoomQuery,
    RoomSettings, RoomView, Rooms, Updated, Watch, Watched, parse_code, show_code,
};
pub use sessions::Sessions;
pub use settings::{
    BotSettings, LANES_MAX, LateJoins, MetaKind, MetaValue, Overrides, PoolSettings, Pools,
    SEATS_MAX, Teams, WatchAccess, is_game_name,
};
pub use sweep::Sweep;
pub use tickets::{Redeemed, Tickets};
pub use types::{
    Forfeited, GAME_BYTES_MAX, GameRegion, GameTicket, Join, Joined, Left, Me, Status, WebTransport,
};
