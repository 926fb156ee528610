//! The decoder of snapshots, full or delta.

use game::View;

use super::bits::Reader;
use super::header::{SnapshotHeader, decode_header};
use super::layout::Layout;
use super::view::take_full;
use super::{HEADER_BYTES, delta};
use crate::DecodeError;

/// Reads a snapshot into `out`. `known` returns earlier snapshots by their tick; those of the last
/// 64 ticks are sufficient.
///
/// # Errors
/// If the bytes are not a snapshot, or `known` does not have its baseline. The content of `out` is
/// then invalid.
pub fn decode_snapshot<'a>(
    layout: Layout<'_>,
    frame: &[u8],
    known: impl Fn(u32) -> Option<&'a View>,
    out: &mut View,
) -> Result<SnapshotHeader, DecodeError> {
    decode(layout, frame, &known, out)
}

/// Compiled once for all callers.
fn decode<'a>(
    layout: Layout<'_>,
    frame: &[u8],
    known: &dyn Fn(u32) -> Option<&'a View>,
    out: &mut View,
) -> Result<SnapshotHeader, DecodeError> {
    let header = decode_header(frame)?;
    let mut bits = Reader::new(&frame[HEADER_BYTES..]);
    out.clear();
    out.tick = header.tick;
    match header.baseline {
        None => take_full(&mut bits, layout, out),
        Some(baseline) => delta::take(&mut bits, layout, baseline, known, out)?,
    }
    bits.finish()?;
    Ok(header)
}
