//! Owns one player: how he moves, whom he catches, and his numbers.

use alloc::vec::Vec;

use game::{
    BadState, Input, Reader, Seat, Standing, TICKS_PER_SECOND, Values, circles_meet, heading,
};

use crate::schema::{FREE_TICKS_MAX, UNITS_PER_PX};

/// A side of the square, px.
pub const SIDE_PX: i32 = 824;
/// Of a player, px.
pub const RADIUS_PX: i32 = 14;
/// Of a player, px/s.
pub const SPEED_PX: i32 = 240;
/// Of the one who is it, px/s.
pub const IT_SPEED_PX: i32 = 270;
/// Whoever passed it on cannot be caught so soon again (1 s).
pub const IMMUNE_TICKS: u8 = 60;

const RADIUS: i32 = RADIUS_PX * UNITS_PER_PX;
const FAR: i32 = SIDE_PX * UNITS_PER_PX - RADIUS;
const STEP: i32 = SPEED_PX * UNITS_PER_PX / TICKS_PER_SECOND as i32;
const IT_STEP: i32 = IT_SPEED_PX * UNITS_PER_PX / TICKS_PER_SECOND as i32;
/// Where each seat starts, px: the corners and the middle.
const STARTS: [(i32, i32); game::SEATS_MAX] =
    [(124, 124), (700, 700), (700, 124), (124, 700), (412, 412)];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Runner {
    x: i32,
    y: i32,
    pub(crate) it: bool,
    /// Counts down to 0, when he may be caught.
    pub(crate) immune_ticks: u8,
    /// How long he was not it.
    pub(crate) free_ticks: u32,
    pub(crate) away: bool,
    /// Gave up his seat.
    pub(crate) left: bool,
}

impl Runner {
    pub(crate) fn new(seat: Seat) -> Self {
        let (x, y) = STARTS[seat.index()];
        Self {
            x: x * UNITS_PER_PX,
            y: y * UNITS_PER_PX,
            it: false,
            immune_ticks: 0,
            free_ticks: 0,
            away: false,
            left: false,
        }
    }

    /// Moves on by a tick.
    pub(crate) fn step(&mut self, input: Input) {
        self.immune_ticks = self.immune_ticks.saturating_sub(1);
        if self.away || self.left {
            return;
        }
        let (dx, dy) = heading(input.dx, input.dy, if self.it { IT_STEP } else { STEP });
        self.x = (self.x + dx).clamp(RADIUS, FAR);
        self.y = (self.y + dy).clamp(RADIUS, FAR);
    }

    /// Whether he, who is it, passes it on to this one.
    pub(crate) fn catches(&self, other: &Self) -> bool {
        let way = (other.x - self.x, other.y - self.y);
        !other.it && !other.left && other.immune_ticks == 0 && circles_meet(way, way, 2 * RADIUS)
    }

    /// Whole seconds count; those who stayed come first, whatever they have.
    pub(crate) fn standing(&self) -> Standing {
        Standing {
            order: u64::from(!self.left) << 32 | u64::from(self.free_ticks),
            score: self.score(),
        }
    }

    fn score(&self) -> u32 {
        self.free_ticks / TICKS_PER_SECOND
    }

    /// In the order of the schema.
    pub(crate) fn fields(&self) -> [u32; 7] {
        let Self {
            x,
            y,
            it,
            immune_ticks,
            away,
            left,
            ..
        } = *self;
        let immune = immune_ticks.into();
        [
            x as u32,
            y as u32,
            it.into(),
            immune,
            self.score(),
            away.into(),
            left.into(),
        ]
    }

    pub(crate) fn from_fields(fields: &Values) -> Result<Self, BadState> {
        let [x, y, it, immune, score, away, left, ..] = *fields;
        Self {
            x: x as i32,
            y: y as i32,
            it: it != 0,
            immune_ticks: u8::try_from(immune).unwrap_or(u8::MAX),
            free_ticks: score.saturating_mul(TICKS_PER_SECOND),
            away: away != 0,
            left: left != 0,
        }
        .checked()
    }

    pub(crate) fn save(&self, out: &mut Vec<u8>) {
        for side in [self.x as u16, self.y as u16] {
            out.extend_from_slice(&side.to_le_bytes());
        }
        out.extend_from_slice(&self.free_ticks.to_le_bytes());
        let flags = [self.it, self.away, self.left].map(u8::from);
        out.push(self.immune_ticks);
        out.extend_from_slice(&flags);
    }

    pub(crate) fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState> {
        let (x, y) = (bytes.u16()?.into(), bytes.u16()?.into());
        let (free_ticks, immune_ticks) = (bytes.u32()?, bytes.u8()?);
        let (it, away, left) = (bytes.flag()?, bytes.flag()?, bytes.flag()?);
        Self {
            x,
            y,
            it,
            immune_ticks,
            free_ticks,
            away,
            left,
        }
        .checked()
    }

    /// What comes from elsewhere may be anything.
    fn checked(self) -> Result<Self, BadState> {
        let inside = RADIUS..=FAR;
        if !inside.contains(&self.x) || !inside.contains(&self.y) {
            return Err(BadState("a player is outside"));
        }
        if self.immune_ticks > IMMUNE_TICKS || self.free_ticks > FREE_TICKS_MAX {
            return Err(BadState("a player's numbers are out of range"));
        }
        Ok(self)
    }
}
