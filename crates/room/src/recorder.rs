//! Recorder of ticks: the newest record for the journal, and the records that the replay does not
//! have yet.

use game::{InputSchema, SeatInputs};
use protocol::record::{
    PresenceChanges, Record, encode_record, peek_tick, prefixed, push_frame, push_prefixed,
};

/// Limit of records that wait for a checkpoint, in bytes: more than ten minutes of five active
/// players. Above it, the replay is given up.
pub const UNSAVED_BYTES_MAX: usize = 1 << 20;

/// The records of a match.
#[derive(Debug)]
pub(crate) struct Recorder {
    key: u64,
    /// The tick of the newest record; 0 before the first.
    tick: u32,
    /// The inputs of the newest record.
    inputs: SeatInputs,
    /// The newest record.
    newest: Vec<u8>,
    is_polled: bool,
    /// The records after `saved`, in the form of a replay.
    unsaved: Vec<u8>,
    saved: u32,
    is_given_up: bool,
}

impl Recorder {
    /// A recorder that continues after a saved record whose content is not known.
    pub(crate) fn new(key: u64, tick: u32, inputs: SeatInputs, is_given_up: bool) -> Self {
        Self {
            key,
            tick,
            inputs,
            newest: Vec::new(),
            is_polled: true,
            unsaved: Vec::new(),
            saved: tick,
            is_given_up,
        }
    }

    pub(crate) fn tick(&self) -> u32 {
        self.tick
    }

    pub(crate) fn inputs(&self) -> &SeatInputs {
        &self.inputs
    }

    /// Sets `record` to the one that follows the newest one and `idle` ticks without a step. These ticks
    /// have passed already. The record has the same inputs, and no hash yet.
    pub(crate) fn begin(&self, idle: u32, presence: PresenceChanges, record: &mut Record) {
        record.tick = self.tick + 1 + idle;
        record.idle = 0;
        record.joins.clear();
        record.presence = presence;
        record.actions.clear();
        record.inputs.copy_from_slice(&self.inputs);
        record.hash = None;
    }

    /// Adds the record of a tick; false if the replay is given up by this.
    #[must_use]
    pub(crate) fn push(&mut self, schema: &InputSchema, record: &Record) -> bool {
        self.newest.clear();
        encode_record(schema, record, &self.inputs, &mut self.newest);
        self.tick = record.tick;
        self.inputs.copy_from_slice(&record.inputs);
        self.is_polled = false;
        if self.is_given_up {
            return true;
        }
        push_prefixed(&self.newest, &mut self.unsaved);
        self.is_given_up = self.unsaved.len() > UNSAVED_BYTES_MAX;
        if self.is_given_up {
            self.unsaved = Vec::new();
        }
        !self.is_given_up
    }

    /// Appends the newest record as a frame, once.
    pub(crate) fn poll(&mut self, out: &mut Vec<u8>) -> bool {
        let is_new = !self.is_polled;
        if is_new {
            push_frame(self.key, &self.newest, out);
            self.is_polled = true;
        }
        is_new
    }

    /// Marks the pushed records as already in the journal.
    pub(crate) fn set_polled(&mut self) {
        self.is_polled = true;
    }

    /// The unsaved records, and the tick before the first of them.
    pub(crate) fn unsaved(&self) -> (&[u8], u32) {
        (&self.unsaved, self.saved)
    }

    pub(crate) fn is_given_up(&self) -> bool {
        self.is_given_up
    }

    /// Drops the records up to this tick, which are saved.
    pub(crate) fn forget(&mut self, tick: u32) {
        let is_saved = |record: &&[u8]| peek_tick(record).is_ok_and(|of| of <= tick);
        let saved = prefixed(&self.unsaved).take_while(is_saved);
        let bytes: usize = saved.map(|record| record.len() + 2).sum();
        self.unsaved.drain(..bytes);
        self.saved = self.saved.max(tick.min(self.tick));
    }
}
