//! Owns what snapshots are made of: the views of the last ticks, and each encoding of the newest one, made once.

use game::{Game, Schema, Seat, Seats, ShownError, Sim, View};
use protocol::binary::{BASELINE_TICKS_MAX, encode_delta, encode_full};
use protocol::{Frame, encode_body};

use crate::Player;

/// A delta may build on a view that is this many pulses old: as far as a frame can say, and a client must remember.
const PULSES_MAX: Pulse = BASELINE_TICKS_MAX as Pulse;

/// A snapshot that was written, by the pulse it was read in. While the match waits, the tick stays and the pulse does not.
pub(crate) type Pulse = u64;

/// What one client was written lately: what the next delta can build on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) last: Option<Pulse>,
    pub(crate) before_last: Option<Pulse>,
}

impl Written {
    pub(crate) fn push(&mut self, pulse: Pulse) {
        *self = Self {
            last: Some(pulse),
            before_last: self.last,
        };
    }

    fn names(self, pulse: Pulse) -> bool {
        self.last == Some(pulse) || self.before_last == Some(pulse)
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
    pulse: Pulse,
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

    /// Reads the state of this pulse, unless that was done. `written`: what each client was; nothing else is kept.
    ///
    /// # Errors
    /// When the game shows what its schema does not allow: then nothing of it can be told.
    pub(crate) fn refresh<G: Game>(
        &mut self,
        pulse: Pulse,
        sim: &Sim<G>,
        written: &(impl Iterator<Item = Written> + Clone),
    ) -> Result<(), ShownError> {
        if self.now == Some(pulse) {
            return Ok(());
        }
        let is_free = |shown: &Shown| !written.clone().any(|written| written.names(shown.pulse));
        self.newest = self.shown.iter().position(is_free).unwrap_or_else(|| {
            self.shown.push(Shown::default());
            self.shown.len() - 1
        });
        let shown = &mut self.shown[self.newest];
        sim.read(&mut shown.view);
        shown.pulse = pulse;
        self.now = Some(pulse);
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
            last: written.last.filter(|&pulse| self.view(pulse).is_some()),
            before_last: written
                .before_last
                .filter(|&pulse| self.view(pulse).is_some()),
        };
        let made = &self.bodies[..self.bodies_made];
        let at = match made.iter().position(|body| body.to == to) {
            Some(at) => at,
            None => self.make(schema, to),
        };
        let baseline = to.last.and_then(|pulse| self.view(pulse));
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
        let view = |pulse: Option<Pulse>| pulse.and_then(|pulse| self.view(pulse));
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
    fn view(&self, pulse: Pulse) -> Option<&View> {
        let is_near = self.now? - pulse <= PULSES_MAX;
        let shown = self.shown.iter().find(|shown| shown.pulse == pulse);
        Some(&shown.filter(|_| is_near)?.view)
    }
}
