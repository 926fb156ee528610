//! Client messages and their limits.

use alloc::string::String;
use alloc::vec::Vec;

use game::{Input, InputSchema};

use crate::binary::{InputBatch, decode_input, encode_input};
use crate::{Form, json};

/// The maximum length of a client's message, bytes; a longer one closes the connection with 1009.
pub const CLIENT_MESSAGE_BYTES_MAX: usize = 1024;
/// The maximum size of each side of a direction.
pub const DIRECTION_ABS_MAX: f64 = 1_000_000.0;
/// The maximum size of an angle, radians.
pub const ANGLE_ABS_MAX: f64 = 1_000.0;
/// The maximum `view`, ticks. More than 15 counts as 15.
pub const VIEW_TICKS_MAX: f64 = 600.0;
/// The maximum length of a game message's `name`, characters.
pub const MESSAGE_NAME_CHARS_MAX: usize = 32;
/// The maximum length of a game message's `payload` as compact JSON, bytes.
pub const MESSAGE_PAYLOAD_BYTES_MAX: usize = 512;
/// The maximum nesting of lists and objects in a `payload`.
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
        /// The newest snapshot that the client has; None: a fixed 30 Hz and no rewind.
        seen: Option<u32>,
        /// How far behind its own tick it draws the others, in 1/16 tick.
        view_delay: Option<u16>,
    },
    /// The inputs of up to four ticks, some of which may be repeated.
    Inputs(InputBatch),
    /// A command, which the game applies or refuses.
    Command(CommandMessage),
    /// A message that the game defines, for all players of the match. It does not change the state.
    Message(GameMessage),
}

/// A command with names, as a client sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandMessage {
    /// The sender's id; the result has the same id.
    pub id: u32,
    /// The name of its kind, 1 to [`MESSAGE_NAME_CHARS_MAX`] characters.
    pub name: String,
    /// Its arguments, sorted by name; at most [`game::ARGS_MAX`].
    pub args: Vec<(String, i64)>,
    /// Its text, at most [`game::command::TEXT_CHARS_MAX`] characters.
    pub text: String,
}

/// A message that a game defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GameMessage {
    /// The sender's id; a message with an id gets a result.
    pub id: Option<u32>,
    /// The name of its kind, 1 to [`MESSAGE_NAME_CHARS_MAX`] characters.
    pub name: String,
    /// Compact JSON, at most [`MESSAGE_PAYLOAD_BYTES_MAX`] bytes. Its numbers keep their
    /// spelling.
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
    /// The reason in `message_result`.
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
    /// It breaks this rule.
    #[error("violates the protocol: {0}")]
    Malformed(&'static str),
    /// The client does not have the snapshot of this tick, which is a delta's baseline.
    #[error("there is no snapshot of tick {0}")]
    UnknownBaseline(u32),
}

/// Why a client's message does not decode. It is separate so that [`DecodeError`], which every decoder returns, stays small.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// It breaks a rule of the message.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A field of the game's input breaks a rule.
    #[error("violates the protocol: `{name}` {rule}")]
    Field {
        /// The name of the field.
        name: &'static str,
        /// The rule that it breaks.
        rule: &'static str,
    },
}

/// Decodes one message of a client. `schema` is that of the game's input. Never panics; allocates no more than in
/// proportion to the message.
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

/// Appends a client's message: inputs as bits, everything else as text.
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
