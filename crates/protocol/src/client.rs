//! Owns what a client may say, and how much of it.

use alloc::vec::Vec;

use game::Input;

use crate::{Encoding, json};

/// The longest message a client may send, bytes; a longer one closes with 1009.
pub const CLIENT_MESSAGE_BYTES_MAX: usize = 1024;
/// Either side of a `move`, in size.
pub const MOVE_ABS_MAX: f64 = 1_000_000.0;
/// An `aim`, in size, radians.
pub const AIM_ABS_MAX: f64 = 1_000.0;
/// A `view`, ticks. Beyond 15 it is accepted and counts as 15.
pub const VIEW_TICKS_MAX: f64 = 600.0;

/// What a client may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientMessage {
    /// What the player asks for in a tick.
    Input {
        /// None: the next tick.
        tick: Option<u32>,
        /// What he asks for.
        input: Input,
        /// The newest snapshot the client has; None: a fixed 30 Hz and no rewind.
        seen: Option<u32>,
        /// How far behind its own tick it draws the others, in 1/16 tick.
        view_delay: Option<u16>,
    },
}

/// Why a message does not decode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// It breaks the rule that is named.
    #[error("not what this protocol says: {0}")]
    Malformed(&'static str),
}

/// Decodes one message of a client. Never panics; allocates nothing that outgrows the message.
pub fn decode_client(encoding: Encoding, bytes: &[u8]) -> Result<ClientMessage, DecodeError> {
    if bytes.len() > CLIENT_MESSAGE_BYTES_MAX {
        return Err(DecodeError::Malformed("longer than 1024 bytes"));
    }
    match encoding {
        Encoding::Json => json::decode_client(bytes),
    }
}

/// Appends a client's message.
pub fn encode_client(encoding: Encoding, message: &ClientMessage, out: &mut Vec<u8>) {
    match encoding {
        Encoding::Json => json::encode_client(message, out),
    }
}
