//! `skirmish.v1`: frequent messages as bits, derived from the game's schema. PROTOCOL.md has the
//! layouts.
//!
//! A frame begins with three bits for its [`FrameKind`]. Numbers are unsigned and most
//! significant bit first; the last byte is filled up with zeros. Decoders accept any bytes: they
//! never panic, refuse data after the end of a frame, and allocate no more than a frame of
//! [`FRAME_BYTES_MAX`] can hold.

pub(crate) mod bits;
mod budget;
mod delta;
mod entities;
mod events;
mod header;
mod input;
mod layout;
pub(crate) mod number;
mod predict;
mod snapshot;
mod view;

pub use budget::{Before, Budget, Limit, Partial};
pub use delta::encode_delta;
pub use events::{decode_events, encode_events};
pub use header::{SnapshotHeader, decode_header, encode_header};
pub(crate) use input::check_accepted;
pub use input::{InputBatch, decode_input, encode_input, input_tick};
pub use layout::Layout;
pub(crate) use layout::{put_seat, take_seat};
pub use snapshot::decode_snapshot;
pub use view::encode_full;

use crate::DecodeError;

/// The maximum length of a frame of either side, bytes. No view of the largest schema needs more.
pub const FRAME_BYTES_MAX: usize = 81_920;
/// The greatest tick in a frame: twelve days.
pub const TICK_MAX: u32 = (1 << TICK_BITS) - 1;
/// The maximum distance of a baseline from its snapshot, and of a reference from its baseline, ticks.
pub const BASELINE_TICKS_MAX: u32 = 63;
/// An input that was used longer ago than this is not acknowledged, ticks.
pub const ACK_TICKS_MAX: u32 = 62;
/// The maximum number of inputs in a frame.
pub const INPUTS_MAX: usize = 4;
/// The maximum distance of `seen` from the newest input of its frame, ticks; an older one counts as none.
pub const SEEN_TICKS_MAX: u32 = 1022;
/// The greatest view delay in a frame, in 1/16 tick. More than [`game::VIEW_DELAY_MAX`] has no
/// effect.
pub const VIEW_DELAY_WIRE_MAX: u16 = 255;
/// The maximum number of events in a frame; a tick with more events has several frames.
pub const EVENTS_MAX: usize = 64;
/// The length of a header ([`encode_header`]).
pub const HEADER_BYTES: usize = 6;

// The size of a full snapshot of the largest room, with all entities and all fields.
const _: () = assert!(
    HEADER_BYTES + (game::SEATS_MAX + game::ENTITIES_MAX + 1) * (4 * game::FIELDS_MAX + 8)
        <= FRAME_BYTES_MAX
);

const KIND_BITS: u32 = 3;
pub(crate) const TICK_BITS: u32 = 26;

/// The kind of a binary frame; its first three bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// Inputs of a client: [`decode_input`].
    Input = 1,
    /// A snapshot without a baseline: [`decode_snapshot`].
    Full = 2,
    /// A snapshot relative to an earlier one: [`decode_snapshot`].
    Delta = 3,
    /// Events of one tick: [`decode_events`].
    Events = 4,
}

impl FrameKind {
    /// Every kind, in order.
    pub const ALL: [Self; 4] = [Self::Input, Self::Full, Self::Delta, Self::Events];

    /// The kind of a frame, from its first byte.
    pub fn of(frame: &[u8]) -> Result<Self, DecodeError> {
        let first = frame.first().ok_or(DecodeError::Malformed("too short"))?;
        let bits = first >> (8 - KIND_BITS);
        Self::ALL
            .into_iter()
            .find(|&kind| kind as u8 == bits)
            .ok_or(DecodeError::Malformed("unknown kind of frame"))
    }

    /// Refuses a frame of another kind, or longer than [`FRAME_BYTES_MAX`].
    fn expect(self, frame: &[u8]) -> Result<(), DecodeError> {
        if frame.len() > FRAME_BYTES_MAX {
            Err(DecodeError::Malformed("longer than 81920 bytes"))
        } else if Self::of(frame)? == self {
            Ok(())
        } else {
            Err(DecodeError::Malformed("unexpected kind of frame"))
        }
    }
}
