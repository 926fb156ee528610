//! One authoritative room: seats, input buffers, the tick, what each player is told. No I/O, no clock: the caller
//! calls [`Room::handle_tick`] sixty times a second and carries bytes.
//!
//! This is the agreed outside of the crate; the relay is written against it.
#![allow(clippy::todo, unused_variables, missing_docs, dead_code)]

use game::{Game, Seat, Settings};
use protocol::{ClientMessage, CloseCode, Encoding};

/// What is fixed about a room when a relay claims it.
pub struct RoomConfig {
    pub room_id: String,
    pub epoch: u64,
    pub seed: u64,
    pub settings: Settings,
    /// The match starts when all are in, or after this many ticks.
    pub grace_ticks: u32,
}

/// A player as the lobby seated him; the index in the list is the seat.
pub struct Player {
    /// UUID text.
    pub player_id: String,
    pub name: String,
    /// `#rrggbb`, distinct in the room.
    pub colors: Vec<String>,
}

/// What a finished match came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Every player who was ever seated, best first.
    pub scores: Vec<Score>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    pub player_id: String,
    pub name: String,
    pub score: u32,
    /// 1 is best; equal scores that nothing else orders share a rank.
    pub rank: u32,
}

/// What Redis shows of a running room (`GET /lobby/rooms/<room>`), derived from the game's schema. Positions in px.
pub struct Mirror {
    pub players: Vec<MirrorPlayer>,
    pub projectiles: Vec<MirrorProjectile>,
}
pub struct MirrorPlayer {
    pub player_id: String,
    pub x: f64,
    pub y: f64,
    pub online: bool,
}
pub struct MirrorProjectile {
    pub x: f64,
    pub y: f64,
    pub player_id: String,
}

/// Why an input did nothing. Counted, never fatal by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the tick was simulated already")]
    Late,
    #[error("the tick is more than 64 ahead")]
    Early,
    #[error("the match has not begun, or is over")]
    NotRunning,
}

/// Why a room cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoomError {
    #[error("a room seats 1 to 5 players, not {0}")]
    Players(usize),
    #[error("player {0} is seated twice")]
    Twice(String),
    #[error("setting `{0}` is out of range")]
    Setting(&'static str),
}

/// What a room counts since it was made; the relay adds them up for `/metrics`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    pub inputs_applied: u64,
    pub inputs_late: u64,
    pub inputs_early: u64,
    pub inputs_held: u64,
    pub snapshots: u64,
}

pub struct Room<G: Game> {
    game: core::marker::PhantomData<G>,
}

impl<G: Game> Room<G> {
    pub fn new(config: RoomConfig, players: Vec<Player>) -> Result<Self, RoomError> {
        todo!()
    }

    pub fn room_id(&self) -> &str {
        todo!()
    }
    pub fn epoch(&self) -> u64 {
        todo!()
    }
    pub fn tick(&self) -> u32 {
        todo!()
    }
    pub fn seat_of(&self, player_id: &str) -> Option<Seat> {
        todo!()
    }
    pub fn counters(&self) -> Counters {
        todo!()
    }

    /// A connection took this seat. Queues `welcome` and a full snapshot. The caller closes the connection that held
    /// the seat before (`CloseCode::Superseded`).
    pub fn handle_connected(&mut self, seat: Seat, encoding: Encoding) {
        todo!()
    }
    /// The seat is kept; the others see `online: false`; its input becomes neutral.
    pub fn handle_disconnected(&mut self, seat: Seat) {
        todo!()
    }
    /// The player forfeited, or his record expired: the seat is given up for good.
    pub fn handle_left(&mut self, seat: Seat) {
        todo!()
    }
    /// Whatever the seat's connection sent, decoded.
    pub fn handle_message(&mut self, seat: Seat, message: ClientMessage) -> Result<(), Refused> {
        todo!()
    }
    /// One sixtieth of a second has passed.
    pub fn handle_tick(&mut self) {
        todo!()
    }

    /// The seat's next reliable message (`welcome`, `event`, `over`), appended to `out`; false when there is none.
    /// A lane is bounded: a seat whose lane overflowed reports it in [`Room::poll_close`].
    pub fn poll_reliable(&mut self, seat: Seat, out: &mut Vec<u8>) -> bool {
        todo!()
    }
    /// The newest snapshot if one is due for this seat, appended to `out`. Built here, at write time; a caller whose
    /// socket is not writable does not call, and nothing piles up.
    pub fn poll_snapshot(&mut self, seat: Seat, out: &mut Vec<u8>) -> bool {
        todo!()
    }
    /// Why the room wants this seat's connection closed, once.
    pub fn poll_close(&mut self, seat: Seat) -> Option<CloseCode> {
        todo!()
    }

    /// Set once the match is over; the room ticks no further and its last messages are `over`.
    pub fn outcome(&self) -> Option<&Outcome> {
        todo!()
    }
    /// For the checkpoint, once a second.
    pub fn mirror(&self) -> Mirror {
        todo!()
    }
}
