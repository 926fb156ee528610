//! One authoritative room: seats, input buffers, the tick, and the messages to each player. No I/O
//! and no clock: the caller moves the bytes and calls [`Room::handle_tick`] once per tick of the game. A
//! room that waits for its players is woken instead ([`Room::wakes_in`]). Each step is recorded in a
//! journal, from which another relay resumes the room ([`Room::resume`]).

mod actions;
mod advance;
mod bots;
mod chat_limiter;
mod config;
mod datagrams;
mod describe;
mod inputs;
mod late;
mod messages;
mod mirror;
mod outcome;
mod pace;
mod partial;
mod recorder;
mod reliable_queue;
mod resume;
mod room;
mod saved;
mod seat_state;
mod sleep;
mod snapshots;

pub use actions::{COMMANDS_PER_SECOND, RESULTS_MAX};
pub use bots::{BOT_FRAMES, BotTerms, NewBot};
pub use chat_limiter::{CHAT_BURST, CHAT_PER_SECOND};
pub use config::{Counters, Fault, Refused, RoomConfig, RoomError};
pub use inputs::HOLD_FRAMES_MAX;
pub use late::JoinRefused;
pub use mirror::{Mirror, MirrorPlayer, MirrorProjectile};
pub use outcome::Outcome;
pub use pace::{
    DEGRADE_PAUSE_FRAMES, EXCESS_FRAMES_MAX, PATIENCE_FRAMES, RECOVER_FRAMES, RECOVERY_TRIAL_FRAMES,
};
pub use protocol::{Player, Score};
pub use recorder::UNSAVED_BYTES_MAX;
pub use reliable_queue::{
    QUEUE_BYTES_MAX, QUEUE_FRAMES_MAX, QUEUE_MESSAGES_MAX, QUEUE_REFUSALS_MAX,
};
pub use resume::{Resumed, Saved};
pub use room::Room;
pub use saved::saved_game;
pub use sleep::KEEP_ALIVE_FRAMES;
