//! Decoding and encoding of client messages as JSON. Unknown fields are ignored; known ones are
//! checked strictly.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use game::command::TEXT_CHARS_MAX;
use game::{ARGS_MAX, InputSchema};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::input::decode_input;
use super::payload;
use super::write::Writer;
use crate::client::{MESSAGE_NAME_CHARS_MAX, MESSAGE_PAYLOAD_BYTES_MAX};
use crate::{ClientError, ClientMessage, CommandMessage, DecodeError, GameMessage};

/// 2^53, up to which a double holds every integer.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;
pub(super) const SHAPE: &str = "not a JSON object with these fields";

#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
}

/// The fields of `command` in their spelling. Null counts as a missing field.
#[derive(Deserialize)]
struct CommandFields<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    args: Option<&'a RawValue>,
    #[serde(borrow)]
    text: Option<&'a RawValue>,
}

/// The fields of `message`.
#[derive(Deserialize)]
struct MessageFields<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

pub(crate) fn decode_client(
    schema: &InputSchema,
    bytes: &[u8],
) -> Result<ClientMessage, ClientError> {
    // The parser would also accept a list of the fields' values.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(DecodeError::Malformed(SHAPE).into());
    }
    let kind: Kind<'_> = fields(bytes)?;
    match &*kind.kind {
        "input" => decode_input(schema, bytes),
        "command" => Ok(ClientMessage::Command(command(&fields(bytes)?)?)),
        "message" => Ok(ClientMessage::Message(game_message(&fields(bytes)?)?)),
        _ => Err(DecodeError::Malformed("unknown type").into()),
    }
}

/// Other fields of the object are ignored.
fn fields<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, DecodeError> {
    serde_json::from_slice(bytes).map_err(|_| DecodeError::Malformed(SHAPE))
}

pub(super) fn required<'a, T: Deserialize<'a>>(
    field: Option<&'a RawValue>,
    missing: &'static str,
    otherwise: &'static str,
) -> Result<T, DecodeError> {
    optional(field, otherwise)?.ok_or(DecodeError::Malformed(missing))
}

pub(super) fn optional<'a, T: Deserialize<'a>>(
    field: Option<&'a RawValue>,
    otherwise: &'static str,
) -> Result<Option<T>, DecodeError> {
    let parse = |field: &'a RawValue| serde_json::from_str(field.get());
    let parsed = field.map(parse).transpose();
    parsed.map_err(|_| DecodeError::Malformed(otherwise))
}

/// A whole number of 32 bits in any spelling: `7`, `7.0`, `0.7e1`.
pub(super) fn whole(
    field: Option<&RawValue>,
    otherwise: &'static str,
) -> Result<Option<u32>, DecodeError> {
    let number: Option<f64> = optional(field, otherwise)?;
    let whole = |number: f64| Some(number as u32).filter(|&whole| f64::from(whole) - number == 0.0);
    let checked = |number| whole(number).ok_or(DecodeError::Malformed(otherwise));
    number.map(checked).transpose()
}

fn command(fields: &CommandFields<'_>) -> Result<CommandMessage, DecodeError> {
    let otherwise = "`id` is not a whole number from 0 to 4294967295";
    let id = whole(fields.id, otherwise)?.ok_or(DecodeError::Malformed("`id` is missing"))?;
    let otherwise = "`args` is not an object of whole numbers";
    let args: Option<BTreeMap<String, f64>> = optional(fields.args, otherwise)?;
    let args: Vec<_> = args.unwrap_or_default().into_iter().collect();
    let whole = |&(_, number): &(String, f64)| {
        // Beyond this, a double cannot hold every whole number.
        number.abs() <= WHOLE_MAX && (number as i64) as f64 - number == 0.0
    };
    if args.len() > ARGS_MAX || !args.iter().all(whole) {
        return Err(DecodeError::Malformed(otherwise));
    }
    let text: Option<String> = optional(fields.text, "`text` is not a text")?;
    let text = text.unwrap_or_default();
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(DecodeError::Malformed("`text` is too long"));
    }
    Ok(CommandMessage {
        id,
        name: name(fields.name)?,
        args: args
            .into_iter()
            .map(|(name, number)| (name, number as i64))
            .collect(),
        text,
    })
}

pub(crate) fn encode_command(command: &CommandMessage, out: &mut Vec<u8>) {
    let mut json = Writer::new(out);
    json.open(b'{').key("type").text("command");
    json.key("id").number(command.id.into());
    json.key("name").text(&command.name).key("args").open(b'{');
    for (name, number) in &command.args {
        json.key(name).number(*number);
    }
    json.close(b'}').key("text").text(&command.text).close(b'}');
}

/// A name of 1 to 32 characters, none of them a control character.
fn name(field: Option<&RawValue>) -> Result<String, DecodeError> {
    let name: Cow<'_, str> = required(field, "`name` is missing", "`name` is not a text")?;
    let chars = 1..=MESSAGE_NAME_CHARS_MAX;
    if !chars.contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(DecodeError::Malformed("`name` is out of range"));
    }
    Ok(name.into_owned())
}

fn game_message(fields: &MessageFields<'_>) -> Result<GameMessage, DecodeError> {
    let name = name(fields.name)?;
    let payload = payload::compact(fields.payload.map_or("null", RawValue::get))?;
    if payload.len() > MESSAGE_PAYLOAD_BYTES_MAX {
        return Err(DecodeError::Malformed("`payload` is too long"));
    }
    Ok(GameMessage {
        id: whole(fields.id, "`id` is not a whole number from 0 to 4294967295")?,
        name,
        payload,
    })
}

pub(crate) fn encode_message(message: &GameMessage, out: &mut Vec<u8>) {
    let mut json = Writer::new(out);
    json.open(b'{').key("type").text("message");
    if let Some(id) = message.id {
        json.key("id").number(id.into());
    }
    json.key("name").text(&message.name);
    json.key("payload").raw(&message.payload).close(b'}');
}
