//! The log of the player's recent inputs: those that are not sent yet, and those that predictions
//! replay.

use alloc::vec::Vec;

use game::{Input, InputSchema, SeatInput};
use protocol::binary::{INPUTS_MAX, InputBatch, encode_input};
use protocol::limits::PREDICT_TICKS_MAX;

const LEN: usize = 2 * PREDICT_TICKS_MAX as usize;

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    tick: u32,
    seat_input: SeatInput,
    /// [`Clock::gained`](crate::clock::Clock::gained) at that tick.
    gained: f64,
    /// How many earlier ticks were first sent in the same message.
    behind: u32,
}

/// A ring of the inputs of recent ticks.
#[derive(Clone, Debug)]
pub(crate) struct InputLog {
    ring: Vec<Entry>,
    newest: u32,
    /// How many of the newest inputs were not sent yet.
    unsent: usize,
    /// How many of the newest inputs are in consecutive ticks.
    repeatable: usize,
}

impl InputLog {
    /// A log without inputs up to and including this tick.
    pub(crate) fn new(newest: u32) -> Self {
        Self {
            ring: (0..LEN).map(|_| Entry::default()).collect(),
            newest,
            unsent: 0,
            repeatable: 0,
        }
    }

    pub(crate) fn newest(&self) -> u32 {
        self.newest
    }

    /// Adds the input of the tick after the newest.
    pub(crate) fn push(&mut self, seat_input: SeatInput, gained: f64) {
        self.newest += 1;
        self.ring[slot(self.newest)] = Entry {
            tick: self.newest,
            seat_input,
            gained,
            behind: 0,
        };
        self.unsent = (self.unsent + 1).min(INPUTS_MAX);
        self.repeatable = (self.repeatable + 1).min(INPUTS_MAX);
    }

    /// Leaves the ticks up to and including this one without inputs.
    pub(crate) fn skip_to(&mut self, tick: u32) {
        if tick > self.newest {
            (self.newest, self.unsent, self.repeatable) = (tick, 0, 0);
        }
    }

    /// The input of a tick, if it is in the log.
    pub(crate) fn get(&self, tick: u32) -> Option<SeatInput> {
        self.find(tick).map(|entry| entry.seat_input)
    }

    /// The ticks that the clock had gained at this tick, and how many earlier ticks were first sent in the same message.
    pub(crate) fn sent(&self, tick: u32) -> Option<(f64, u32)> {
        self.find(tick).map(|entry| (entry.gained, entry.behind))
    }

    /// How many inputs were not sent yet.
    pub(crate) fn unsent(&self) -> usize {
        self.unsent
    }

    /// Appends a frame of the inputs that were not sent yet: the newest four ticks at most, because older ones are too
    /// late anyway. With `repeats`, the frame has the newest four ticks, even if they were sent before.
    pub(crate) fn encode(
        &mut self,
        schema: &InputSchema,
        seen: u32,
        repeats: bool,
        out: &mut Vec<u8>,
    ) -> bool {
        let mut inputs = [Input::default(); INPUTS_MAX];
        let mut count = 0;
        let ticks = if repeats {
            self.repeatable
        } else {
            self.unsent
        };
        let first = (self.newest + 1).saturating_sub(ticks as u32);
        for entry in (first..=self.newest).filter_map(|tick| self.find(tick)) {
            inputs[count] = entry.seat_input.input;
            count += 1;
        }
        self.ring[slot(self.newest)].behind = self.unsent.saturating_sub(1) as u32;
        self.unsent = 0;
        let view_delay = self.get(self.newest).unwrap_or_default().view_delay;
        let Some(batch) = InputBatch::new(self.newest, &inputs[..count], Some(seen), view_delay)
        else {
            return false;
        };
        encode_input(schema, &batch, out);
        true
    }

    fn find(&self, tick: u32) -> Option<&Entry> {
        Some(&self.ring[slot(tick)]).filter(|entry| entry.tick == tick && tick > 0)
    }
}

fn slot(tick: u32) -> usize {
    tick as usize % LEN
}

#[cfg(test)]
mod tests {
    use game::{InputFields as _, Pad};
    use protocol::binary::decode_input;

    use super::*;

    fn push(log: &mut InputLog, ticks: u32) {
        (0..ticks).for_each(|_| log.push(SeatInput::default(), 0.0));
    }

    /// The ticks of the next frame, and how many ticks before the newest one are sent for the first time.
    fn encoded(log: &mut InputLog, repeats: bool) -> (Vec<u32>, u32) {
        let mut frame = Vec::new();
        assert!(log.encode(Pad::SCHEMA, 1, repeats, &mut frame));
        let batch = decode_input(Pad::SCHEMA, &frame).expect("a frame of inputs");
        let (_, behind) = log.sent(batch.tick).expect("it was sent");
        (batch.stamped().map(|(tick, _)| tick).collect(), behind)
    }

    #[test]
    fn repeated_ticks_do_not_count_as_first_sent_together() {
        let mut log = InputLog::new(10);
        push(&mut log, 3);
        assert_eq!(encoded(&mut log, true), ([11, 12, 13].to_vec(), 2));
        push(&mut log, 1);
        assert_eq!(encoded(&mut log, true), ([11, 12, 13, 14].to_vec(), 0));
        push(&mut log, 2);
        assert_eq!(encoded(&mut log, false), ([15, 16].to_vec(), 1));
    }

    #[test]
    fn nothing_before_a_gap_is_repeated() {
        let mut log = InputLog::new(10);
        push(&mut log, 4);
        log.skip_to(15);
        push(&mut log, 2);
        assert_eq!(encoded(&mut log, true), ([16, 17].to_vec(), 1));
    }
}
