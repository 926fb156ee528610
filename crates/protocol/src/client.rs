//! Client messages and their limits.

use alloc::string::String;
use alloc::vec::Vec;

use game::{Input, InputSchema};

use crate::binary::{InputBatch, decode_input, encode_input};
use crate::{Form, json};

/// The longest message a client may send, bytes; a longer one closes with 1009.
pub const CLIENT_MESSAGE_BYTES_MAX: usize = 1024;
/// Either side of a direction, in size.
pub const DIRECTION_ABS_MAX: f64 = 1_000_000.0;
/// An angle, in size, radians.
pub const ANGLE_ABS_MAX: f64 = 1_000.0;
/// A `view`, ticks. Beyond 15 it is accepted and counts as 15.
pub const VIEW_TICKS_MAX: f64 = 600.0;
/// A game message's `name`, characters.
pub const MESSAGE_NAME_CHARS_MAX: usize = 32;
/// A game message's `payload` as compact JSON, bytes.
pub const MESSAGE_PAYLOAD_BYTES_MAX: usize = 512;
/// How deep lists and objects of a `payload` may be nested.
pub const MESSAGE_PAYLOAD_DEPTH_MAX: usize = 16;

/// A message of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientMessage {
    /// The input of one tick.
    Input {
        /// None: the next tick.
        tick: Option<u32>,
        /// The player's input.
        input: Input,
        /// The newest snapshot the client has; None: a fixed 30 Hz and no rewind.
        seen: Option<u32>,
        /// How far behind its own tick it draws the others, in 1/16 tick.
        view_delay: Option<u16>,
    },
    /// The inputs of up to four ticks, some of which may be repeated.
    Inputs(InputBatch),
    /// A command, which the game applies or refuses.
    Command(CommandMessage),
    /// A message of the game's own, for all players of the match. It does not change the state.
    Message(GameMessage),
}

/// A command as a client sends it: by names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandMessage {
    /// The sender's id for it; the result has the same.
    pub id: u32,
    /// Of the kind, 1 to [`MESSAGE_NAME_CHARS_MAX`] characters.
    pub name: String,
    /// Its arguments, sorted by name; at most [`game::ARGS_MAX`].
    pub args: Vec<(String, i64)>,
    /// At most [`game::command::TEXT_CHARS_MAX`] characters.
    pub text: String,
}

/// A message of a game's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GameMessage {
    /// The sender's id for it; with one, the sender gets a result.
    pub id: Option<u32>,
    /// What it is, 1 to [`MESSAGE_NAME_CHARS_MAX`] characters.
    pub name: String,
    /// Compact JSON, at most [`MESSAGE_PAYLOAD_BYTES_MAX`] bytes. Its numbers are spelled as they
    /// were sent.
    pub payload: String,
}

/// Why a game message is not delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageRefusal {
    /// The player sent more than the rate allows.
    TooFast,
    /// The match is over, or the player is not in it.
    NotPlaying,
}

impl MessageRefusal {
    /// As `message_result` names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooFast => "too_fast",
            Self::NotPlaying => "not_playing",
        }
    }
}

/// Why a message does not decode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// It breaks the rule that is named.
    #[error("not what this protocol says: {0}")]
    Malformed(&'static str),
    /// A delta's baseline is the snapshot of this tick, which the client does not have.
    #[error("there is no snapshot of tick {0}")]
    UnknownBaseline(u32),
}

/// Why a client's message does not decode. [`DecodeError`] stays small: every decoder returns it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// It breaks a rule of the message.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A field of the game's input breaks a rule.
    #[error("not what this protocol says: `{name}` {rule}")]
    Field {
        /// As the game names it.
        name: &'static str,
        /// What is wrong with it.
        rule: &'static str,
    },
}

/// Decodes one message of a client as it came. `schema` is that of the game's input. Never panics; allocates nothing that outgrows the
/// message.
pub fn decode_client(
    schema: &InputSchema,
    form: Form,
    bytes: &[u8],
) -> Result<ClientMessage, ClientError> {
    if bytes.len() > CLIENT_MESSAGE_BYTES_MAX {
        return Err(DecodeError::Malformed("longer than 1024 bytes").into());
    }
    match form {
        Form::Text => json::decode_client(schema, bytes),
        Form::Binary => Ok(ClientMessage::Inputs(decode_input(schema, bytes)?)),
    }
}

/// Appends a command as text.
pub fn encode_command(command: &CommandMessage, out: &mut Vec<u8>) {
    json::encode_command(command, out);
}

/// Appends a client's message; inputs go as bits, everything else as text.
pub fn encode_client(schema: &InputSchema, message: &ClientMessage, out: &mut Vec<u8>) -> Form {
    match *message {
        ClientMessage::Inputs(ref batch) => {
            encode_input(schema, batch, out);
            return Form::Binary;
        }
        ClientMessage::Command(ref command) => encode_command(command, out),
        ClientMessage::Message(ref message) => json::encode_message(message, out),
        ClientMessage::Input {
            tick,
            input,
            seen,
            view_delay,
        } => json::encode_input(schema, tick, input, seen, view_delay, out),
    }
    Form::Text
}
