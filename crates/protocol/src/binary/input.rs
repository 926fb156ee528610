//! A client's inputs as bits.

use alloc::vec::Vec;

use game::{Input, InputKind, InputPlace, InputSchema};

use super::bits::{Reader, Writer};
use super::{
    FrameKind, INPUTS_MAX, KIND_BITS, SEEN_TICKS_MAX, TICK_BITS, TICK_MAX, VIEW_DELAY_WIRE_MAX,
};
use crate::DecodeError;

const COUNT_BITS: u32 = 2;
const SEEN_BITS: u32 = 10;
const SEEN_NONE: u32 = SEEN_TICKS_MAX + 1;
const VIEW_BITS: u32 = 8;

/// A player's inputs for one to four consecutive ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputBatch {
    /// The tick of the newest input.
    pub tick: u32,
    /// The newest snapshot the client has; None: no rewind, and snapshots at a fixed rate.
    pub seen: Option<u32>,
    /// How far behind its own tick the client draws the others, in 1/16 tick.
    pub view_delay: u16,
    inputs: [Input; INPUTS_MAX],
    len: usize,
}

impl InputBatch {
    /// Creates a batch of inputs, oldest first, the last of which is for `tick`. Only the last [`INPUTS_MAX`] are taken,
    /// and none for a tick before 0; None if no input is left.
    pub fn new(tick: u32, inputs: &[Input], seen: Option<u32>, view_delay: u16) -> Option<Self> {
        let possible = INPUTS_MAX.min(tick as usize + 1);
        let newest = &inputs[inputs.len().saturating_sub(possible)..];
        if newest.is_empty() || tick > TICK_MAX {
            return None;
        }
        let mut batch = Self {
            tick,
            seen,
            view_delay,
            inputs: [Input::default(); INPUTS_MAX],
            len: newest.len(),
        };
        batch.inputs[..newest.len()].copy_from_slice(newest);
        Some(batch)
    }

    /// The inputs, oldest first.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs[..self.len]
    }

    /// Each input with its tick, oldest first.
    pub fn stamped(&self) -> impl Iterator<Item = (u32, Input)> + use<> {
        let Self {
            tick, inputs, len, ..
        } = *self;
        (0..len).map(move |at| (tick - (len - 1 - at) as u32, inputs[at]))
    }
}

/// Appends inputs as one frame.
pub fn encode_input(schema: &InputSchema, batch: &InputBatch, out: &mut Vec<u8>) {
    let seen_age = batch.seen.map_or(SEEN_NONE, |seen| {
        batch
            .tick
            .checked_sub(seen)
            .map_or(SEEN_NONE, |age| age.min(SEEN_NONE))
    });
    let mut bits = Writer::new(out);
    bits.put(FrameKind::Input as u32, KIND_BITS)
        .put(batch.len as u32 - 1, COUNT_BITS)
        .put(batch.tick, TICK_BITS)
        .put(seen_age, SEEN_BITS)
        .put(batch.view_delay.min(VIEW_DELAY_WIRE_MAX).into(), VIEW_BITS);
    let mut before = None;
    for &input in batch.inputs() {
        put_fields(&mut bits, schema, before, input);
        before = Some(input);
    }
    bits.finish();
}

/// The tick of the newest input of a frame, without the game's schema.
pub fn input_tick(frame: &[u8]) -> Result<u32, DecodeError> {
    FrameKind::Input.expect(frame)?;
    let mut bits = Reader::new(frame);
    bits.take(KIND_BITS + COUNT_BITS);
    let tick = bits.take(TICK_BITS);
    bits.check().map(|()| tick)
}

/// Reads inputs.
pub fn decode_input(schema: &InputSchema, frame: &[u8]) -> Result<InputBatch, DecodeError> {
    FrameKind::Input.expect(frame)?;
    let mut bits = Reader::new(frame);
    bits.take(KIND_BITS);
    let len = bits.take(COUNT_BITS) + 1;
    let tick = bits.take(TICK_BITS);
    let seen_age = bits.take(SEEN_BITS);
    let view_delay = bits.take(VIEW_BITS) as u16;
    let seen = tick.checked_sub(seen_age).filter(|_| seen_age != SEEN_NONE);
    if tick < len - 1 || (seen.is_none() && seen_age != SEEN_NONE) {
        bits.refuse("a tick is before the match");
    }
    let mut batch = InputBatch {
        tick,
        seen,
        view_delay,
        inputs: [Input::default(); INPUTS_MAX],
        len: len as usize,
    };
    let mut before = None;
    for slot in &mut batch.inputs[..len as usize] {
        *slot = take_fields(&mut bits, schema, before);
        before = Some(*slot);
    }
    bits.finish()?;
    Ok(batch)
}

/// Appends one input. The first input of a frame is complete; in the others a field of more than one bit is written
/// only where it differs from the input before.
fn put_fields(bits: &mut Writer<'_>, schema: &InputSchema, before: Option<Input>, input: Input) {
    let Some(before) = before else {
        // The packed fields are in the order of the frame.
        let high = schema.bits().saturating_sub(u32::BITS);
        bits.put((input.0 >> u32::BITS) as u32, high)
            .put(input.0 as u32, schema.bits() - high);
        return;
    };
    for place in schema.places() {
        let number = place.get(input);
        let differs = place.get(before) != number;
        if place.bits > 1 {
            bits.flag(differs);
        }
        if place.bits == 1 || differs {
            bits.put(number, place.bits);
        }
    }
}

fn take_fields(bits: &mut Reader<'_>, schema: &InputSchema, before: Option<Input>) -> Input {
    let mut input = before.unwrap_or_default();
    if before.is_none() {
        let high = schema.bits().saturating_sub(u32::BITS);
        let above = u64::from(bits.take(high)) << u32::BITS;
        input = Input(above | u64::from(bits.take(schema.bits() - high)));
    } else {
        for place in schema.places() {
            if place.bits == 1 || bits.flag() {
                place.set(&mut input, bits.take(place.bits));
            }
        }
    }
    check_accepted(bits, schema, input);
    input
}

/// Refuses an input with a number that its field cannot hold.
pub(crate) fn check_accepted(bits: &mut Reader<'_>, schema: &InputSchema, input: Input) {
    if schema.accepts(input) {
        return;
    }
    let is_wrong = |place: &&InputPlace| !place.kind.accepts(place.get(input));
    let wrong = schema
        .places()
        .iter()
        .find(is_wrong)
        .map(|place| place.kind);
    bits.refuse(match wrong {
        Some(InputKind::Direction) => "a direction is out of range",
        Some(InputKind::Axis) => "an axis is out of range",
        _ => "a choice is out of range",
    });
}
