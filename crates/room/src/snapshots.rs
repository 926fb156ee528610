//! Owns what snapshots are made of: the views of the last ticks, and each encoding of the newest one, made once.

use game::{Game, Schema, Seat, Seats, Sim, View};
use protocol::binary::{BASELINE_TICKS_MAX, encode_delta, encode_full};
use protocol::{Frame, encode_body};

use crate::Player;

/// Views that are kept, as many as a frame can name.
const VIEWS: usize = BASELINE_TICKS_MAX as usize + 1;

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
}

/// The views of the last ticks and the bodies of the newest one. Nothing is allocated once all buffers have grown.
#[derive(Debug)]
pub(crate) struct Snapshots {
    ring: Vec<Shown>,
    now: Option<Pulse>,
    /// Of the newest view: those up to `bodies_made` are.
    bodies: Vec<Body>,
    bodies_made: usize,
    text: Vec<u8>,
    text_is_fresh: bool,
}

#[derive(Clone, Debug, Default)]
struct Shown {
    pulse: Option<Pulse>,
    view: View,
}

/// A body for all who were written the same before.
#[derive(Debug, Default)]
struct Body {
    to: Written,
    bytes: Vec<u8>,
}

impl Snapshots {
    pub(crate) fn new() -> Self {
        Self {
            ring: vec![Shown::default(); VIEWS],
            now: None,
            bodies: Vec::new(),
            bodies_made: 0,
            text: Vec::new(),
            text_is_fresh: false,
        }
    }

    /// Who is there changed, or a tick has passed.
    pub(crate) fn set_stale(&mut self) {
        self.text_is_fresh = false;
    }

    /// Reads the state of this pulse, unless that was done.
    pub(crate) fn refresh<G: Game>(&mut self, pulse: Pulse, sim: &Sim<G>) {
        if self.now == Some(pulse) {
            return;
        }
        let shown = &mut self.ring[slot(pulse)];
        sim.read(&mut shown.view);
        shown.pulse = Some(pulse);
        self.now = Some(pulse);
        self.bodies_made = 0;
        self.text_is_fresh = false;
    }

    /// The body of the refreshed snapshot as text.
    pub(crate) fn text<G: Game>(
        &mut self,
        sim: &Sim<G>,
        players: &[Player],
        online: Seats,
    ) -> &[u8] {
        if !self.text_is_fresh {
            let view = self.now.map(slot).map(|at| &self.ring[at].view);
            let frame = Frame {
                view: view.unwrap_or(&self.ring[0].view),
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

    /// What was written then, unless that is longer ago than a frame can say, and than a client must remember.
    fn view(&self, pulse: Pulse) -> Option<&View> {
        let shown = &self.ring[slot(pulse)];
        let is_near = self.now? - pulse < VIEWS as u64;
        (shown.pulse == Some(pulse) && is_near).then_some(&shown.view)
    }
}

fn slot(pulse: Pulse) -> usize {
    (pulse % VIEWS as u64) as usize
}
