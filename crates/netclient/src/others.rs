//! Drawing of the other players at their predicted positions, in a game that predicts them.

use alloc::vec::Vec;

use game::{Field, Game, Seat, View};

use crate::NetClient;
use crate::scene::{Body, blended};
use crate::smoothing::{OTHERS_SNAP_PX, Smoothing, difference};
use crate::snapshots::Snapshot;

/// The predicted other players, and the offsets that smooth the corrections of their predictions.
#[derive(Clone, Debug)]
pub(crate) struct Others {
    /// The prediction before the newest snapshot.
    before: View,
    /// The view one tick after the newest predicted tick.
    pub(crate) ahead: View,
    /// By seat.
    smoothing: Vec<Smoothing>,
}

impl<G: Game> NetClient<G> {
    /// Saves the prediction before a new snapshot changes it.
    pub(crate) fn note_others(&mut self) {
        if let Some(others) = &mut self.others {
            others.before = self.prediction.view().clone();
        }
    }

    /// Compares the saved prediction with the one that starts at this snapshot.
    pub(crate) fn reconcile_others(&mut self, snapshot: &Snapshot) {
        if let Some(others) = &mut self.others {
            let newest = self.snapshots.newest();
            let older = newest.and_then(|tick| self.snapshots.get(tick));
            let after = self.prediction.view();
            others.reconcile(self.schema.seat, after, (older, snapshot));
        }
    }
}

impl Others {
    pub(crate) fn new(slots: usize) -> Self {
        Self {
            before: View::default(),
            ahead: View::default(),
            smoothing: (0..slots).map(|_| Smoothing::new(OTHERS_SNAP_PX)).collect(),
        }
    }

    /// Smooths the change of the prediction by the newest snapshot, for each player who is in the same
    /// life as in the snapshot before.
    pub(crate) fn reconcile(
        &mut self,
        fields: &[Field],
        after: &View,
        (older, newer): (Option<&Snapshot>, &Snapshot),
    ) {
        for (seat, smoothing) in Seat::all().zip(&mut self.smoothing) {
            let is_same_life = older.is_some_and(|older| older.is_same_life(newer, seat));
            match (self.before.seat(seat), after.seat(seat)) {
                (Some(from), Some(to)) if is_same_life => {
                    smoothing.absorb(&difference(fields, from, to));
                }
                _ => smoothing.forget(),
            }
        }
    }

    pub(crate) fn advance(&mut self, now_us: u64) {
        for smoothing in &mut self.smoothing {
            smoothing.advance(now_us);
        }
    }

    /// A player at a fraction of the tick after the newest predicted tick.
    pub(crate) fn body(
        &self,
        fields: &[Field],
        seat: Seat,
        (now, part): (&View, f32),
        alive: bool,
    ) -> Option<Body> {
        let now = now.seat(seat)?;
        let ahead = self.ahead.seat(seat).unwrap_or(now);
        let mut values = blended(fields, now, ahead, part);
        self.smoothing.get(seat.index())?.apply(&mut values);
        Some(Body { values, alive })
    }
}
