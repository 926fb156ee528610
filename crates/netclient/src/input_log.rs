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
    /// How many of the newest follow each other.
    repeatable: usize,
}

impl InputLog {
    /// Nothing was asked for up to and including this tick.
    pub(crate) fn new(newest: u32) -> Self {
        Self {
            ring: (0..LEN).map(|_| Given::default()).collect(),
            newest,
            unsent: 0,
            repeatable: 0,
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
        self.repeatable = (self.repeatable + 1).min(INPUTS_MAX);
    }

    /// Nothing is asked for up to and including this tick.
    pub(crate) fn skip_to(&mut self, tick: u32) {
        if tick > self.newest {
            (self.newest, self.unsent, self.repeatable) = (tick, 0, 0);
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
    /// `repeats`: the newest four ticks, also those that were sent before.
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
        for given in (first..=self.newest).filter_map(|tick| self.find(tick)) {
            inputs[count] = given.seat_input.input;
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

    fn find(&self, tick: u32) -> Option<&Given> {
        Some(&self.ring[slot(tick)]).filter(|given| given.tick == tick && tick > 0)
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

    /// The ticks of the next frame, and how many ticks before the newest one were not sent before.
    fn encoded(log: &mut InputLog, repeats: bool) -> (Vec<u32>, u32) {
        let mut frame = Vec::new();
        assert!(log.encode(Pad::SCHEMA, 1, repeats, &mut frame));
        let batch = decode_input(Pad::SCHEMA, &frame).expect("a frame of inputs");
        let (_, behind) = log.sent(batch.tick).expect("it was sent");
        (batch.stamped().map(|(tick, _)| tick).collect(), behind)
    }

    #[test]
    fn repeated_ticks_do_not_count_as_sent_together() {
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
