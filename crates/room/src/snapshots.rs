//! The views of the last ticks, and the newest one in each encoding, encoded once.

use game::{Game, Seat, Seats, ShownError, Sim, View};
use protocol::binary::{BASELINE_TICKS_MAX, Layout, encode_delta, encode_full};
use protocol::{Frame, encode_body};

use crate::Player;

/// The maximum age of a baseline, in frames and in ticks: the most that a frame can express, and
/// that a client must keep.
pub(crate) const BASELINE_FRAMES_MAX: FrameNumber = BASELINE_TICKS_MAX as FrameNumber;

/// The frame in which a snapshot was taken, plus the number of steps in a room that sleeps. While
/// the match waits, frames advance and ticks do not.
pub(crate) type FrameNumber = u64;

/// The snapshots last written to one client: possible baselines of the next delta.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) last: Option<FrameNumber>,
    pub(crate) before_last: Option<FrameNumber>,
}

impl Written {
    pub(crate) fn push(&mut self, frame: FrameNumber) {
        *self = Self {
            last: Some(frame),
            before_last: self.last,
        };
    }

    pub(crate) fn names(self, frame: FrameNumber) -> bool {
        self.last == Some(frame) || self.before_last == Some(frame)
    }
}

/// The newest view, the possible baselines of the next deltas, and the bodies of the newest view.
/// Nothing is allocated once all buffers have grown.
#[derive(Debug, Default)]
pub(crate) struct Snapshots {
    /// The newest view and at most two for each seat; three if all clients have one rate. For clients that acknowledge
    /// snapshots, the views of the last [`BASELINE_FRAMES_MAX`] frames.
    shown: Vec<Shown>,
    /// Index of the newest.
    newest: usize,
    now: Option<FrameNumber>,
    /// The bodies of the newest view; only the first `bodies_made` are valid.
    bodies: Vec<Body>,
    bodies_made: usize,
    text: Vec<u8>,
    text_is_fresh: bool,
}

#[derive(Clone, Debug, Default)]
struct Shown {
    frame: FrameNumber,
    view: View,
}

/// One body for all clients with the same baseline.
#[derive(Debug, Default)]
struct Body {
    /// The snapshots of the first client that got it.
    of: Written,
    /// The snapshots among these that the body is relative to.
    to: Written,
    /// The tick of the baseline.
    baseline: Option<u32>,
    bytes: Vec<u8>,
}

impl Snapshots {
    /// Marks the snapshot as outdated, after a change of presence or a tick.
    pub(crate) fn set_stale(&mut self) {
        self.text_is_fresh = false;
    }

    /// Reads the state of this frame, once. `written` has the snapshots written to each client; only
    /// these views are kept. In a game that hides players or entities, `viewer` is the player who gets
    /// the snapshots.
    /// # Errors
    /// When the state breaks the game's schema; there is then no snapshot.
    pub(crate) fn refresh<G: Game>(
        &mut self,
        frame: FrameNumber,
        sim: &Sim<G>,
        viewer: Seat,
        written: &(impl Iterator<Item = Written> + Clone),
    ) -> Result<(), ShownError> {
        if self.now == Some(frame) {
            return Ok(());
        }
        let is_free = |frame| !written.clone().any(|written| written.names(frame));
        self.read(frame, sim, viewer, is_free)
    }

    /// Like [`Snapshots::refresh`], for clients whose snapshots may be lost. No client can acknowledge a frame before
    /// `oldest`.
    ///
    /// # Errors
    /// As for [`Snapshots::refresh`].
    pub(crate) fn refresh_since<G: Game>(
        &mut self,
        frame: FrameNumber,
        sim: &Sim<G>,
        viewer: Seat,
        oldest: FrameNumber,
    ) -> Result<(), ShownError> {
        if self.now == Some(frame) {
            return Ok(());
        }
        self.read(frame, sim, viewer, |kept| kept < oldest)
    }

    #[inline]
    fn read<G: Game>(
        &mut self,
        frame: FrameNumber,
        sim: &Sim<G>,
        viewer: Seat,
        is_free: impl Fn(FrameNumber) -> bool,
    ) -> Result<(), ShownError> {
        let is_free = |shown: &Shown| is_free(shown.frame);
        self.newest = self.shown.iter().position(is_free).unwrap_or_else(|| {
            self.shown.push(Shown::default());
            self.shown.len() - 1
        });
        let shown = &mut self.shown[self.newest];
        sim.read(&mut shown.view);
        shown.frame = frame;
        self.now = Some(frame);
        self.bodies_made = 0;
        self.text_is_fresh = false;
        let view = &mut self.shown[self.newest].view;
        G::SCHEMA.check(view)?;
        sim.hide(view, Some(viewer));
        Ok(())
    }

    /// The body of the refreshed snapshot as text.
    pub(crate) fn text<G: Game>(
        &mut self,
        sim: &Sim<G>,
        players: &[Player],
        online: Seats,
    ) -> &[u8] {
        if !self.text_is_fresh {
            let frame = Frame {
                view: &self.shown[self.newest].view,
                players,
                alive: Seats::first(players.len())
                    .iter()
                    .filter(|&seat| sim.game().is_alive(seat))
                    .collect(),
                online,
            };
            self.text.clear();
            encode_body::<G>(&frame, &mut self.text);
            self.text_is_fresh = true;
        }
        &self.text
    }

    /// The binary body of the refreshed snapshot, and the tick of its baseline; None if it is full.
    pub(crate) fn binary(&mut self, layout: Layout<'_>, written: Written) -> (Option<u32>, &[u8]) {
        let at = self.find(layout, written);
        self.body(at)
    }

    /// The index of the body that [`Snapshots::binary`] returns.
    #[inline]
    pub(crate) fn find(&mut self, layout: Layout<'_>, written: Written) -> usize {
        // Nearly always all clients have the same baseline.
        let made = &self.bodies[..self.bodies_made];
        match made.iter().position(|body| body.of == written) {
            Some(at) => at,
            None => self.find_or_make(layout, written),
        }
    }

    /// The tick of the baseline, and the body.
    #[inline]
    pub(crate) fn body(&self, at: usize) -> (Option<u32>, &[u8]) {
        let Body {
            baseline, bytes, ..
        } = &self.bodies[at];
        (*baseline, bytes)
    }

    fn find_or_make(&mut self, layout: Layout<'_>, written: Written) -> usize {
        let to = Written {
            last: written.last.filter(|&frame| self.view(frame).is_some()),
            before_last: written
                .before_last
                .filter(|&frame| self.view(frame).is_some()),
        };
        let made = &self.bodies[..self.bodies_made];
        match made.iter().position(|body| body.to == to) {
            Some(at) => at,
            None => self.make(layout, written, to),
        }
    }

    fn make(&mut self, layout: Layout<'_>, of: Written, to: Written) -> usize {
        let at = self.bodies_made;
        if at == self.bodies.len() {
            self.bodies.push(Body::default());
        }
        self.bodies_made += 1;
        let mut bytes = core::mem::take(&mut self.bodies[at].bytes);
        bytes.clear();
        let view = |frame: Option<FrameNumber>| frame.and_then(|frame| self.view(frame));
        match (view(self.now), view(to.last)) {
            (Some(now), Some(last)) => {
                encode_delta(layout, last, view(to.before_last), now, &mut bytes);
            }
            (Some(now), None) => encode_full(layout, now, &mut bytes),
            (None, _) => {}
        }
        let baseline = view(to.last).map(|view| view.tick);
        self.bodies[at] = Body {
            of,
            to,
            baseline,
            bytes,
        };
        at
    }

    /// The newest view, and its frame.
    pub(crate) fn newest(&self) -> Option<(FrameNumber, &View)> {
        let now = self.now?;
        Some((now, &self.shown.get(self.newest)?.view))
    }

    /// Whether a view of this frame and tick is recent enough for a baseline. In a room that sleeps, a
    /// late step can advance more ticks than frames have passed since the step before.
    pub(crate) fn is_near(&self, frame: FrameNumber, tick: u32) -> bool {
        self.newest().is_some_and(|(now, view)| {
            now - frame <= BASELINE_FRAMES_MAX && view.tick - tick <= BASELINE_TICKS_MAX
        })
    }

    /// The view of this frame, unless it is too old for a baseline.
    pub(crate) fn view(&self, frame: FrameNumber) -> Option<&View> {
        let shown = self.shown.iter().find(|shown| shown.frame == frame);
        let is_near = |shown: &&Shown| self.is_near(frame, shown.view.tick);
        Some(&shown.filter(is_near)?.view)
    }
}
