//! The snapshots of the last two seconds: baselines of deltas, and input of the interpolation.

use alloc::vec::Vec;

use game::{Game, Seat, Seats, View, slots};

/// A delta's baseline is at most 63 ticks older than the delta, and its reference at most 63 ticks older than that.
const LEN: usize = 128;

/// A snapshot, and facts about it that only the game can evaluate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) view: View,
    /// The players in the world.
    pub(crate) alive: Seats,
    /// The number of each player's life, where the game has one.
    pub(crate) lives: Vec<Option<u8>>,
}

impl Snapshot {
    /// Whether a player is in the same life in another snapshot.
    pub(crate) fn is_same_life(&self, other: &Self, seat: Seat) -> bool {
        let at = seat.index();
        self.lives.get(at) == other.lives.get(at)
            && self.alive.contains(seat) == other.alive.contains(seat)
    }

    /// Sets `alive` and `lives` from a game that has just loaded this snapshot's view.
    pub(crate) fn describe<G: Game>(&mut self, game: &G) {
        let is_alive = |seat| game.is_alive(seat);
        let life = |seat| game.pose(seat).map(|pose| pose.life);
        self.describe_by(slots(&G::SEATS), is_alive, life);
    }

    /// Sets `alive` and `lives` of this number of seats.
    pub(crate) fn describe_by(
        &mut self,
        slots: usize,
        is_alive: impl Fn(Seat) -> bool,
        life: impl Fn(Seat) -> Option<u8>,
    ) {
        let seats = || Seat::all().take(slots);
        self.alive = seats().filter(|&seat| is_alive(seat)).collect();
        self.lives.clear();
        self.lives.extend(seats().map(life));
    }
}

/// A ring of snapshots, by tick.
#[derive(Clone, Debug)]
pub(crate) struct Snapshots {
    ring: Vec<Option<Snapshot>>,
    newest: Option<u32>,
    /// The memory for the next snapshot.
    spare: Snapshot,
}

impl Snapshots {
    pub(crate) fn new() -> Self {
        Self {
            ring: (0..LEN).map(|_| None).collect(),
            newest: None,
            spare: Snapshot::default(),
        }
    }

    pub(crate) fn newest(&self) -> Option<u32> {
        self.newest
    }

    pub(crate) fn get(&self, tick: u32) -> Option<&Snapshot> {
        self.ring[slot(tick)]
            .as_ref()
            .filter(|snapshot| snapshot.view.tick == tick)
    }

    /// An old snapshot, for reuse.
    pub(crate) fn take_spare(&mut self) -> Snapshot {
        core::mem::take(&mut self.spare)
    }

    /// Keeps a snapshot no older than the newest.
    pub(crate) fn insert(&mut self, snapshot: Snapshot) {
        let tick = snapshot.view.tick;
        self.newest = Some(tick);
        if let Some(old) = self.ring[slot(tick)].replace(snapshot) {
            self.spare = old;
        }
    }

    /// The newest snapshot at or before this tick, and the oldest after it.
    pub(crate) fn around(&self, tick: f64) -> (Option<&Snapshot>, Option<&Snapshot>) {
        let Some(newest) = self.newest else {
            return (None, None);
        };
        let oldest = newest.saturating_sub(LEN as u32 - 1);
        let whole = (tick.max(0.0) as u32).max(oldest).min(newest);
        let before = (oldest..=whole).rev().find_map(|tick| self.get(tick));
        let after = (whole + 1..=newest).find_map(|tick| self.get(tick));
        (before, after)
    }

    /// The newest snapshot before this tick.
    pub(crate) fn before(&self, tick: u32) -> Option<&Snapshot> {
        let oldest = tick.saturating_sub(LEN as u32 - 1);
        (oldest..tick).rev().find_map(|tick| self.get(tick))
    }
}

fn slot(tick: u32) -> usize {
    tick as usize % LEN
}
