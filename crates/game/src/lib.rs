//! What a game is: its schema, its deterministic step, its history. No clock, no I/O, integers only.
//!
//! First cut of the names others compile against; the inside is to be written.
#![no_std]
#![allow(missing_docs)]

/// Seats of the largest room.
pub const SEATS_MAX: usize = 5;
pub const TICKS_PER_SECOND: u32 = 60;
/// Shots rewind at most this far, in 1/16 tick (250 ms).
pub const VIEW_DELAY_MAX: u16 = 15 * 16;
pub const SETTINGS_MAX: usize = 8;

/// A place in a room, `0..SEATS_MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seat(u8);

impl Seat {
    /// None when out of range.
    pub const fn new(index: usize) -> Option<Self> {
        if index < SEATS_MAX { Some(Self(index as u8)) } else { None }
    }
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a player asks for in one tick: every game's pad.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Input {
    /// A direction; its length does not matter, (0, 0) stands still.
    pub dx: i8,
    pub dy: i8,
    /// 1024 to the turn.
    pub aim: u16,
    pub fire: bool,
}

/// A game's settings, in the order of [`Game::SETTINGS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings(pub [i32; SETTINGS_MAX]);

pub trait Game: Sized {
    /// For urls, logs and the pool's settings: `arena`.
    const NAME: &'static str;
}
