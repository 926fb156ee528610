//! The snapshots of one client of a large room: at most [`SNAPSHOT_BYTES_MAX`] bytes each, the most
//! relevant changes first.

use game::{Game, Seat, Sim, View};
use protocol::binary::{Before, Budget, HEADER_BYTES, Layout, Limit, Partial, encode_delta};
use protocol::limits::{BUDGET_SEATS_MIN, SNAPSHOT_BYTES_MAX};

use crate::snapshots::{FrameNumber, Snapshots, Written};

/// Whether the snapshots of a game have a size limit.
pub(crate) const fn is_limited<G: Game>() -> bool {
    *G::SEATS.end() >= BUDGET_SEATS_MIN
}

/// The state that a client has, where it is not the complete view of a frame. While everything fits,
/// nothing is kept here, and the client shares its snapshots with the others.
#[derive(Debug)]
pub(crate) struct Partials<const KEPT: usize = 3> {
    /// The last two that were written and a spare one, or all that the client may still acknowledge.
    kept: [Kept; KEPT],
    budget: Budget,
    bytes: Vec<u8>,
}

#[derive(Debug, Default)]
struct Kept {
    frame: Option<FrameNumber>,
    partial: Partial,
}

impl<const KEPT: usize> Default for Partials<KEPT> {
    fn default() -> Self {
        Self {
            kept: core::array::from_fn(|_| Kept::default()),
            budget: Budget::default(),
            bytes: Vec::new(),
        }
    }
}

impl<const KEPT: usize> Partials<KEPT> {
    /// The body of the refreshed snapshot for this client, and the tick of its baseline; None if it is full. A full
    /// snapshot is complete, without a size limit. `is_free`: the client can no longer acknowledge this frame.
    pub(crate) fn binary<'a, G: Game>(
        &'a mut self,
        snapshots: &'a mut Snapshots,
        sim: &Sim<G>,
        viewer: Seat,
        written: Written,
        is_free: impl Fn(FrameNumber) -> bool,
    ) -> (Option<u32>, &'a [u8]) {
        let layout = Layout::of::<G>();
        if !self.kept.iter().any(|kept| kept.is_in(written)) {
            let at = snapshots.find(layout, written);
            let (baseline, body) = snapshots.body(at);
            if baseline.is_none() || HEADER_BYTES + body.len() <= SNAPSHOT_BYTES_MAX {
                return snapshots.body(at);
            }
        }
        match self.fit(snapshots, sim, viewer, written, is_free) {
            Some(baseline) => (Some(baseline), &self.bytes),
            None => snapshots.binary(layout, Written::default()),
        }
    }

    /// Encodes what fits, and returns the tick of the baseline. None if the client has no baseline.
    fn fit<G: Game>(
        &mut self,
        snapshots: &Snapshots,
        sim: &Sim<G>,
        viewer: Seat,
        written: Written,
        is_free: impl Fn(FrameNumber) -> bool,
    ) -> Option<u32> {
        let (frame, now) = snapshots.newest()?;
        let is_spare = |kept: &Kept| kept.frame.is_none_or(&is_free);
        let spare = self.kept.iter().position(is_spare)?;
        let mut next = core::mem::take(&mut self.kept[spare]);
        let before = before(&self.kept, snapshots, written)?;
        let limit = Limit {
            bytes: SNAPSHOT_BYTES_MAX,
            own: viewer,
            relevance: &|subject| sim.game().relevance(viewer, subject),
        };
        let layout = Layout::of::<G>();
        let fits_all = (self.budget).fit(layout, before, now, &limit, &mut next.partial);
        // Postponed entities are in another order than in the shared views. If they fit, they are sent
        // again, and the client then has the same state as the others.
        let is_whole = fits_all && encode(layout, before, now, &mut self.bytes);
        if !is_whole {
            encode(layout, before, &next.partial.view, &mut self.bytes);
        }
        let baseline = before.baseline.tick;
        next.frame = (!is_whole).then_some(frame);
        self.kept[spare] = next;
        Some(baseline)
    }
}

impl Kept {
    fn is_in(&self, written: Written) -> bool {
        self.frame.is_some_and(|frame| written.names(frame))
    }
}

/// The snapshots that a client has: its own, or the shared ones.
fn before<'a>(kept: &'a [Kept], snapshots: &'a Snapshots, written: Written) -> Option<Before<'a>> {
    let own = |frame: FrameNumber| {
        let kept = kept.iter().find(|kept| kept.frame == Some(frame))?;
        Some(&kept.partial)
    };
    let view = |frame: FrameNumber| match own(frame) {
        Some(partial) => Some(&partial.view).filter(|view| snapshots.is_near(frame, view.tick)),
        None => snapshots.view(frame),
    };
    let last = written.last?;
    Some(Before {
        baseline: view(last)?,
        reference: written.before_last.and_then(view),
        partial: own(last),
    })
}

/// Encodes a body. Returns whether it is within the limit.
fn encode(layout: Layout<'_>, before: Before<'_>, view: &View, bytes: &mut Vec<u8>) -> bool {
    bytes.clear();
    encode_delta(layout, before.baseline, before.reference, view, bytes);
    HEADER_BYTES + bytes.len() <= SNAPSHOT_BYTES_MAX
}
