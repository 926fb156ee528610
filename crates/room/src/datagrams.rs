//! Snapshots for clients that receive them as datagrams, which may be lost, late or repeated. The baseline of a delta
//! is always a snapshot that the client has acknowledged.

use std::collections::VecDeque;

use game::{Game, Seat, hides};
use protocol::Encoding;
use protocol::binary::{BASELINE_TICKS_MAX, Layout, SnapshotHeader, encode_header};

use crate::inputs::Inputs;
use crate::partial::{Partials, is_limited};
use crate::room::Room;
use crate::snapshots::{BASELINE_FRAMES_MAX, FrameNumber, Snapshots, Written};

/// How many sent snapshots a client can still acknowledge with an effect.
const SENT_MAX: usize = BASELINE_TICKS_MAX as usize + 1;

/// The snapshots sent to one client.
#[derive(Clone, Debug, Default)]
pub(crate) struct Datagrams {
    /// Oldest first.
    list: VecDeque<Sent>,
    /// The two newest snapshots that the client has acknowledged.
    acked: Written,
    /// The tick of the newest acknowledged snapshot.
    acked_tick: Option<u32>,
}

/// The state that all clients with datagrams share.
#[derive(Debug, Default)]
pub(crate) struct Lossy {
    /// Like [`Room::snapshots`].
    snapshots: Vec<Snapshots>,
    /// By seat, in a game whose snapshots have a size limit.
    partials: Vec<Option<Box<Partials<SENT_MAX>>>>,
}

#[derive(Clone, Copy, Debug)]
struct Sent {
    frame: FrameNumber,
    tick: u32,
    /// Several snapshots had this tick while the match waited, so an acknowledgement does not identify one.
    is_ambiguous: bool,
}

impl Datagrams {
    fn push(&mut self, frame: FrameNumber, tick: u32) {
        if let Some(last) = self.list.back_mut().filter(|last| last.tick == tick) {
            last.is_ambiguous = true;
            return;
        }
        if self.list.len() == SENT_MAX {
            self.list.pop_front();
        }
        self.list.push_back(Sent {
            frame,
            tick,
            is_ambiguous: false,
        });
    }

    /// Handles an acknowledgement of the snapshot of this tick. A tick that was not sent has no effect.
    fn acknowledge(&mut self, seen: u32) {
        if self.acked_tick.is_some_and(|acked| acked >= seen) {
            return;
        }
        let named = |one: &&Sent| one.tick == seen && !one.is_ambiguous;
        if let Some(one) = self.list.iter().rev().find(named) {
            self.acked.push(one.frame);
            self.acked_tick = Some(seen);
        }
    }

    /// The oldest frame that can be a baseline for this client, now or later.
    fn oldest(&self) -> FrameNumber {
        let Written { last, before_last } = self.acked;
        before_last.or(last).unwrap_or(0)
    }
}

impl<G: Game> Room<G> {
    /// Like [`Room::handle_connected`] with [`Encoding::Binary`], for a client that gets its snapshots from
    /// [`Room::poll_lossy_snapshot`].
    pub fn handle_connected_lossy(&mut self, seat: Seat) {
        self.handle_connected(seat, Encoding::Binary);
        let Some(seat_state) = self.seat_states.get_mut(seat.index()) else {
            return;
        };
        seat_state.datagrams = Some(Box::default());
        let (seats, lossy) = (self.seat_states.len(), &mut self.lossy);
        let views = if hides::<G>() { seats } else { 1 };
        lossy.snapshots.resize_with(views, Snapshots::default);
        if is_limited::<G>() {
            lossy.partials.resize_with(seats, || None);
            lossy.partials[seat.index()] = Some(Box::default());
        }
    }

    /// Like [`Room::poll_snapshot`], but the snapshot may be lost or reordered. It is full, or its baseline is a snapshot
    /// that the client has acknowledged. False: none is due.
    pub fn poll_lossy_snapshot(&mut self, seat: Seat, out: &mut Vec<u8>) -> bool {
        self.make_lossy_snapshot(seat, out).is_some()
    }

    fn make_lossy_snapshot(&mut self, seat: Seat, out: &mut Vec<u8>) -> Option<()> {
        let seat_state = self.seat_states.get_mut(seat.index())?;
        let datagrams = seat_state
            .datagrams
            .as_mut()
            .filter(|_| seat_state.snapshot_due)?;
        if let Some(seen) = seat_state.inputs.seen() {
            datagrams.acknowledge(seen);
        }
        let frame = self.frames + self.sleep.steps;
        let nearest = frame.saturating_sub(BASELINE_FRAMES_MAX);
        let oldest = self.oldest(seat).max(nearest);
        let of = if hides::<G>() { seat.index() } else { 0 };
        let snapshots = self.lossy.snapshots.get_mut(of)?;
        self.counters.snapshots += 1;
        if let Err(error) = snapshots.refresh_since(frame, self.shown.sim(), seat, oldest) {
            self.fail(error);
            return None;
        }
        let seat_state = self.seat_states.get_mut(seat.index())?;
        seat_state.snapshot_due = false;
        let datagrams = seat_state.datagrams.as_mut()?;
        let (baseline, body) = if is_limited::<G>() {
            let partials = self.lossy.partials.get_mut(seat.index())?.as_mut()?;
            let oldest = datagrams.oldest().max(nearest);
            let is_free = |kept| kept < oldest;
            partials.binary(snapshots, self.shown.sim(), seat, datagrams.acked, is_free)
        } else {
            snapshots.binary(Layout::of::<G>(), datagrams.acked)
        };
        let tick = self.shown.sim().tick();
        encode_header(&header(tick, baseline, &seat_state.inputs), out);
        out.extend_from_slice(body);
        datagrams.push(frame, tick);
        Some(())
    }

    /// The oldest frame that can be a baseline for any client that shares the views with this seat.
    fn oldest(&self, seat: Seat) -> FrameNumber {
        let of = |at: usize| Some(self.seat_states.get(at)?.datagrams.as_ref()?.oldest());
        if hides::<G>() {
            return of(seat.index()).unwrap_or(0);
        }
        (0..self.seat_states.len())
            .filter_map(of)
            .min()
            .unwrap_or(0)
    }
}

fn header(tick: u32, baseline: Option<u32>, inputs: &Inputs) -> SnapshotHeader {
    SnapshotHeader {
        tick,
        baseline,
        ack: (inputs.ack > 0).then_some(inputs.ack),
        margin: inputs.margin.clamp(-64, 63) as i8,
    }
}
