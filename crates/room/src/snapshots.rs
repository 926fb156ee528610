//! The views of the last ticks, and the newest one in each encoding, encoded once.

use game::{Game, Schema, Seat, Seats, ShownError, Sim, View};
use protocol::binary::{BASELINE_TICKS_MAX, encode_delta, encode_full};
use protocol::{Frame, encode_body};

use crate::Player;

/// A delta may build on a view that is this many frames old: as far as a frame can say, and a client must remember.
const PULSES_MAX: Pulse = BASELINE_TICKS_MAX as Pulse;

/// A snapshot that was written, by the frame it was read in. While the match waits, the tick stays and the frame does not.
pub(crate) type Pulse = u64;

/// What one client was written lately: what the next delta can build on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) last: Option<Pulse>,
    pub(crate) before_last: Option<Pulse>,
}

impl Written {
    pub(crate) fn push(&mut self, frame: Pulse) {
        *self = Self {
            last: Some(frame),
            before_last: self.last,
        };
    }

    fn names(self, frame: Pulse) -> bool {
        self.last == Some(frame) || self.before_last == Some(frame)
    }
}

/// The newest view, those that the next deltas build on, and the bodies of the newest one. Nothing is allocated once all
/// buffers have grown.
#[derive(Debug, Default)]
pub(crate) struct Snapshots {
    /// At most two for each seat and the newest; with all clients at one rate three.
    shown: Vec<Shown>,
    /// Index of the newest.
    newest: usize,
    now: Option<Pulse>,
    /// Of the newest view: those up to `bodies_made` are.
    bodies: Vec<Body>,
    bodies_made: usize,
    text: Vec<u8>,
    text_is_fresh: bool,
}

#[derive(Clone, Debug, Default)]
struct Shown {
    frame: Pulse,
    view: View,
}

/// A body for all who were written the same before.
#[derive(Debug, Default)]
struct Body {
    to: Written,
    bytes: Vec<u8>,
}

impl Snapshots {
    /// Who is there changed, or a tick has passed.
    pub(crate) fn set_stale(&mut self) {
        self.text_is_fresh = false;
    }

    /// Reads the state of this frame, unless that was done. `written`: what each client was; nothing else is kept.
    ///
    /// # Errors
    /// When the game shows what its schema does not allow: then nothing of it can be told.
    pub(crate) fn refresh<G: Game>(
        &mut self,
        frame: Pulse,
        sim: &Sim<G>,
        written: &(impl Iterator<Item = Written> + Clone),
    ) -> Result<(), ShownError> {
        if self.now == Some(frame) {
            return Ok(());
        }
        let is_free = |shown: &Shown| !written.clone().any(|written| written.names(shown.frame));
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
        G::SCHEMA.check(&self.shown[self.newest].view)
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
                alive: Seat::all()
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

    /// The body of the refreshed snapshot in bits, and the tick of its baseline; None: it is full.
    pub(crate) fn binary(&mut self, schema: &Schema, written: Written) -> (Option<u32>, &[u8]) {
        let to = Written {
            last: written.last.filter(|&frame| self.view(frame).is_some()),
            before_last: written
                .before_last
                .filter(|&frame| self.view(frame).is_some()),
        };
        let made = &self.bodies[..self.bodies_made];
        let at = match made.iter().position(|body| body.to == to) {
            Some(at) => at,
            None => self.make(schema, to),
        };
        let baseline = to.last.and_then(|frame| self.view(frame));
        (baseline.map(|view| view.tick), &self.bodies[at].bytes)
    }

    fn make(&mut self, schema: &Schema, to: Written) -> usize {
        let at = self.bodies_made;
        if at == self.bodies.len() {
            self.bodies.push(Body::default());
        }
        self.bodies_made += 1;
        let mut bytes = core::mem::take(&mut self.bodies[at].bytes);
        bytes.clear();
        let view = |frame: Option<Pulse>| frame.and_then(|frame| self.view(frame));
        match (view(self.now), view(to.last)) {
            (Some(now), Some(last)) => {
                encode_delta(schema, last, view(to.before_last), now, &mut bytes);
            }
            (Some(now), None) => encode_full(schema, now, &mut bytes),
            (None, _) => {}
        }
        self.bodies[at] = Body { to, bytes };
        at
    }

    /// What was written then, unless that is too long ago.
    fn view(&self, frame: Pulse) -> Option<&View> {
        let is_near = self.now? - frame <= PULSES_MAX;
        let shown = self.shown.iter().find(|shown| shown.frame == frame);
        Some(&shown.filter(|_| is_near)?.view)
    }
}
