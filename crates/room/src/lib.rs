//! One authoritative room: seats, input buffers, the tick, what each player is told. No I/O, no
//! clock: the caller calls [`Room::handle_tick`] sixty times a second and carries bytes. What a
//! room did goes to a journal, from which another relay resumes it ([`Room::resume`]).

mod advance;
mod chair;
mod config;
mod inputs;
mod journal;
mod lane;
mod mirror;
mod outcome;
mod pace;
mod resume;
mod room;
mod saved;
mod snapshots;
mod talk;
mod tell;

pub use config::{Counters, Fault, Refused, RoomConfig, RoomError};
pub use inputs::HOLD_TICKS_MAX;
pub use journal::UNSAVED_BYTES_MAX;
pub use lane::{LANE_BYTES_MAX, LANE_MESSAGES_MAX, LANE_REFUSALS_MAX, LANE_TICKS_MAX};
pub use mirror::{Mirror, MirrorPlayer, MirrorProjectile};
pub use outcome::Outcome;
pub use pace::{
    DEGRADE_PAUSE_TICKS, EXCESS_TICKS_MAX, PATIENCE_TICKS, RECOVER_TICKS, RECOVERY_TRIAL_TICKS,
};
pub use protocol::{Player, Score};
pub use resume::{Resumed, Saved};
pub use room::Room;
pub use talk::{TALK_BURST, TALK_PER_SECOND};
