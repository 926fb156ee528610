//! The log of the player's recent inputs: those that are not sent yet, and those that predictions
//! replay.

use alloc::vec::Vec;

use game::{Input, InputSchema, SeatInput};
use protocol::binary::{INPUTS_MAX, InputBatch, encode_input};
use protocol::limits::PREDICT_TICKS_MAX;

const LEN: usize = 2 * PREDICT_TICKS_MAX as usize;

#[derive(Clone, Copy, Debug, Default)]
struct Given {
    tick: u32,
    seat_input: SeatInput,
    /// What the clock had gained by then.
    gained: f64,
    /// How many ticks before it were sent with it.
    behind: u32,
}

/// The inputs of the last ticks.
#[derive(Clone, Debug)]
pub(crate) struct InputLog {
    ring: Vec<Given>,
    newest: u32,
    /// How many of the newest were not sent yet.
    unsent: usize,
}

impl InputLog {
    /// Nothing was asked for up to and including this tick.
    pub(crate) fn new(newest: u32) -> Self {
        Self {
            ring: (0..LEN).map(|_| Given::default()).collect(),
            newest,
            unsent: 0,
        }
    }

    pub(crate) fn newest(&self) -> u32 {
        self.newest
    }

    /// What is asked for in the tick after the newest.
    pub(crate) fn push(&mut self, seat_input: SeatInput, gained: f64) {
        self.newest += 1;
        self.ring[slot(self.newest)] = Given {
            tick: self.newest,
            seat_input,
            gained,
            behind: 0,
        };
        self.unsent = (self.unsent + 1).min(INPUTS_MAX);
    }

    /// Nothing is asked for up to and including this tick.
    pub(crate) fn skip_to(&mut self, tick: u32) {
        if tick > self.newest {
            (self.newest, self.unsent) = (tick, 0);
        }
    }

    /// What was asked for in a tick, if anything was.
    pub(crate) fn get(&self, tick: u32) -> Option<SeatInput> {
        self.find(tick).map(|given| given.seat_input)
    }

    /// What the clock had gained at that tick, and how many ticks before it were sent with it.
    pub(crate) fn sent(&self, tick: u32) -> Option<(f64, u32)> {
        self.find(tick).map(|given| (given.gained, given.behind))
    }

    /// How many ticks were not sent yet.
    pub(crate) fn unsent(&self) -> usize {
        self.unsent
    }

    /// Appends what was not sent yet: the newest four ticks of it, for what is older than that comes too late anyway.
    pub(crate) fn encode_unsent(
        &mut self,
        schema: &InputSchema,
        seen: u32,
        out: &mut Vec<u8>,
    ) -> bool {
        let mut inputs = [Input::default(); INPUTS_MAX];
        let mut count = 0;
        let first = (self.newest + 1).saturating_sub(self.unsent as u32);
        for given in (first..=self.newest).filter_map(|tick| self.find(tick)) {
            inputs[count] = given.seat_input.input;
            count += 1;
        }
        self.unsent = 0;
        self.ring[slot(self.newest)].behind = count.saturating_sub(1) as u32;
        let view_delay = self.get(self.newest).unwrap_or_default().view_delay;
        let Some(batch) = InputBatch::new(self.newest, &inputs[..count], Some(seen), view_delay)
        else {
            return false;
        };
        encode_input(schema, &batch, out);
        true
    }

    fn find(&self, tick: u32) -> Option<&Given> {
        Some(&self.ring[slot(tick)]).filter(|given| given.tick == tick && tick > 0)
    }
}

fn slot(tick: u32) -> usize {
    tick as usize % LEN
}
