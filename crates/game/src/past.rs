//! The positions of all players over the last quarter of a second, for lag compensation.

use alloc::vec::Vec;

use crate::{BadState, Reader, SLOTS_MIN, Seat, VIEW_DELAY_MAX};

/// The length of the history in ticks: the maximum view delay, and the tick before it at which a sweep begins.
pub const REWIND_TICKS_MAX: usize = VIEW_DELAY_MAX as usize / 16 + 1;

/// A player's position and life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pose {
    /// The x coordinate, in units of the game.
    pub x: i32,
    /// The y coordinate, in units of the game.
    pub y: i32,
    /// A number that differs between two successive lives of a player.
    pub life: u8,
}

/// The poses after each of the last [`REWIND_TICKS_MAX`] steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// [`REWIND_TICKS_MAX`] poses of each seat, one seat after the other. Empty until a player has a
    /// pose, because a game that never rewinds needs no memory.
    ring: Vec<Option<Pose>>,
    /// The number of seats.
    slots: usize,
    /// The position of the newest pose.
    newest: usize,
    /// The number of stored ticks.
    len: usize,
}

impl Default for Past {
    fn default() -> Self {
        Self::new(SLOTS_MIN)
    }
}

impl Past {
    /// An empty history of this number of seats.
    pub(crate) const fn new(slots: usize) -> Self {
        Self {
            ring: Vec::new(),
            slots,
            newest: 0,
            len: 0,
        }
    }

    /// The position of a player `ago` 1/16 ticks before now, interpolated linearly between ticks, and at most as far back
    /// as the oldest stored tick. `now` is the pose in the current step. None when the player was absent, or between
    /// two lives.
    pub fn pose(&self, seat: Seat, now: Option<Pose>, ago: u16) -> Option<Pose> {
        let newer = self.sample(seat, now, usize::from(ago / 16))?;
        let part = i32::from(ago % 16);
        if part == 0 {
            return Some(newer);
        }
        let older = self.sample(seat, now, usize::from(ago / 16) + 1)?;
        (older.life == newer.life).then(|| Pose {
            x: newer.x + (older.x - newer.x) * part / 16,
            y: newer.y + (older.y - newer.y) * part / 16,
            life: newer.life,
        })
    }

    /// Stores the pose of each seat.
    pub(crate) fn push(&mut self, mut pose: impl FnMut(Seat) -> Option<Pose>) {
        self.newest = (self.newest + 1) % REWIND_TICKS_MAX;
        self.len = (self.len + 1).min(REWIND_TICKS_MAX);
        if self.ring.is_empty() {
            self.grow();
        }
        let poses = self.ring.chunks_exact_mut(REWIND_TICKS_MAX);
        for (seat, poses) in Seat::all().zip(poses) {
            poses[self.newest] = pose(seat);
        }
    }

    #[cold]
    fn grow(&mut self) {
        self.ring.resize(REWIND_TICKS_MAX * self.slots, None);
    }

    pub(crate) fn clear(&mut self) {
        self.newest = 0;
        self.len = 0;
    }

    pub(crate) fn save(&self, out: &mut Vec<u8>) {
        out.push(self.len as u8);
        for ago in (1..=self.len).rev() {
            for pose in Seat::all().take(self.slots).map(|seat| self.at(seat, ago)) {
                out.push(u8::from(pose.is_some()));
                if let Some(Pose { x, y, life }) = pose {
                    out.extend_from_slice(&x.to_le_bytes());
                    out.extend_from_slice(&y.to_le_bytes());
                    out.push(life);
                }
            }
        }
    }

    pub(crate) fn restore(slots: usize, bytes: &mut Reader<'_>) -> Result<Self, BadState> {
        let len = usize::from(bytes.u8()?);
        if len > REWIND_TICKS_MAX {
            return Err(BadState("the pose history is too long"));
        }
        let mut past = Self::new(slots);
        for _ in 0..len {
            let mut read = Ok(());
            past.push(|_| {
                read.ok()?;
                let pose = take_pose(bytes);
                read = pose.map(|_| ());
                pose.ok().flatten()
            });
            read?;
        }
        Ok(past)
    }

    fn sample(&self, seat: Seat, now: Option<Pose>, ticks_ago: usize) -> Option<Pose> {
        match ticks_ago.min(self.len) {
            0 => now,
            ago => self.at(seat, ago),
        }
    }

    fn at(&self, seat: Seat, ticks_ago: usize) -> Option<Pose> {
        let at = seat.index() * REWIND_TICKS_MAX + self.index(ticks_ago);
        *self.ring.get(at)?
    }

    fn index(&self, ticks_ago: usize) -> usize {
        (self.newest + REWIND_TICKS_MAX + 1 - ticks_ago) % REWIND_TICKS_MAX
    }
}

fn take_pose(bytes: &mut Reader<'_>) -> Result<Option<Pose>, BadState> {
    if !bytes.flag()? {
        return Ok(None);
    }
    let (x, y) = (side(bytes)?, side(bytes)?);
    let life = bytes.u8()?;
    Ok(Some(Pose { x, y, life }))
}

/// Reads a coordinate that is small enough for sums and sweeps without overflow.
fn side(bytes: &mut Reader<'_>) -> Result<i32, BadState> {
    let value = bytes.u32()? as i32;
    if value.unsigned_abs() < 1 << 20 {
        Ok(value)
    } else {
        Err(BadState("a pose is out of range"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: i32, life: u8) -> Pose {
        Pose { x, y: -x, life }
    }

    fn past(of: &[Option<Pose>]) -> Past {
        let mut past = Past::new(5);
        for &pose in of {
            past.push(|seat| pose.filter(|_| seat.index() == 0));
        }
        past
    }

    fn check(of: &[Option<Pose>], ago: u16, expected: Option<Pose>) {
        let seat = Seat::new(0).expect("seat 0");
        let past = past(of);
        assert_eq!(
            past.pose(seat, Some(at(100, 1)), ago),
            expected,
            "{ago}/16 ago of {of:?}"
        );
        let mut saved = Vec::new();
        past.save(&mut saved);
        let restored = Past::restore(5, &mut Reader::new(&saved)).expect("what was saved restores");
        assert_eq!(
            restored.pose(seat, Some(at(100, 1)), ago),
            expected,
            "restored"
        );
    }

    #[test]
    fn poses_are_interpolated_and_clamped() {
        check(&[], 240, Some(at(100, 1)));
        check(&[Some(at(84, 1))], 0, Some(at(100, 1)));
        check(&[Some(at(84, 1))], 1, Some(at(99, 1)));
        check(&[Some(at(84, 1))], 16, Some(at(84, 1)));
        check(&[Some(at(84, 1))], 240, Some(at(84, 1)));
        check(&[Some(at(68, 1)), Some(at(84, 1))], 24, Some(at(76, 1)));
        check(&[Some(at(68, 2)), Some(at(84, 1))], 24, None);
        check(&[Some(at(68, 2)), Some(at(84, 1))], 32, Some(at(68, 2)));
        check(&[None, Some(at(84, 1))], 32, None);
        let long: Vec<_> = (0..40).map(|x| Some(at(x, 1))).collect();
        check(&long, 16, Some(at(39, 1)));
        check(&long, 256, Some(at(24, 1)));
        check(&long, 300, Some(at(24, 1)));
    }
}
