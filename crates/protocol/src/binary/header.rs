//! A snapshot's header: the only part that differs between clients.

use alloc::vec::Vec;

use super::bits::{Reader, Writer};
use super::{
    ACK_TICKS_MAX, BASELINE_TICKS_MAX, FrameKind, HEADER_BYTES, KIND_BITS, TICK_BITS, TICK_MAX,
};
use crate::DecodeError;

const BASELINE_BITS: u32 = 6;
const ACK_BITS: u32 = 6;
const MARGIN_BITS: u32 = 7;
/// The ack number for no used input within [`ACK_TICKS_MAX`].
const ACK_NONE: u32 = ACK_TICKS_MAX + 1;

/// The header of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotHeader {
    /// The tick that the snapshot shows, at most [`TICK_MAX`].
    pub tick: u32,
    /// The tick of the snapshot that the body changes, at most [`BASELINE_TICKS_MAX`] before; None:
    /// the body is full.
    pub baseline: Option<u32>,
    /// The tick of the newest own input that was used, if that was at most [`ACK_TICKS_MAX`] ago.
    pub ack: Option<u32>,
    /// How many ticks before its use the newest own input arrived, -64 to 63; negative: too late.
    pub margin: i8,
}

/// Appends a header; the body follows it.
pub fn encode_header(header: &SnapshotHeader, out: &mut Vec<u8>) {
    let SnapshotHeader {
        tick,
        baseline,
        ack,
        margin,
    } = *header;
    let kind = match baseline {
        Some(_) => FrameKind::Delta,
        None => FrameKind::Full,
    };
    let age = |then: u32| tick.saturating_sub(then);
    let baseline_age = baseline.map_or(0, age).min(BASELINE_TICKS_MAX);
    let ack_age = ack.map_or(ACK_NONE, |ack| age(ack).min(ACK_NONE));
    Writer::new(out)
        .put(kind as u32, KIND_BITS)
        .put(tick.min(TICK_MAX), TICK_BITS)
        .put(baseline_age, BASELINE_BITS)
        .put(ack_age, ACK_BITS)
        .put(margin.clamp(-64, 63) as u32, MARGIN_BITS)
        .finish();
}

/// Reads the header of a snapshot, full or delta.
pub fn decode_header(frame: &[u8]) -> Result<SnapshotHeader, DecodeError> {
    let kind = FrameKind::of(frame)?;
    if !matches!(kind, FrameKind::Full | FrameKind::Delta) {
        return Err(DecodeError::Malformed("unexpected kind of frame"));
    }
    kind.expect(frame)?;
    let mut bits = Reader::new(&frame[..HEADER_BYTES.min(frame.len())]);
    bits.take(KIND_BITS);
    let tick = bits.take(TICK_BITS);
    let baseline_age = bits.take(BASELINE_BITS);
    let ack_age = bits.take(ACK_BITS);
    let margin = bits.take(MARGIN_BITS);
    let baseline = (kind == FrameKind::Delta).then_some(baseline_age);
    let ack = (ack_age != ACK_NONE).then_some(ack_age);
    if kind == FrameKind::Full && baseline_age != 0 {
        bits.refuse("a full snapshot has a baseline");
    } else if tick < baseline_age.max(ack.unwrap_or(0)) {
        bits.refuse("a tick is before the match");
    }
    bits.check()?;
    Ok(SnapshotHeader {
        tick,
        baseline: baseline.map(|age| tick - age),
        ack: ack.map(|age| tick - age),
        margin: ((margin << 1) as u8 as i8) >> 1,
    })
}
