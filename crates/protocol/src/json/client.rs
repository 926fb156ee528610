//! Owns a client's message as JSON: strict in what it means, and blind to fields it does not know.

use alloc::borrow::Cow;
use alloc::string::ToString as _;
use alloc::vec::Vec;

use game::{Input, aim_from_radians, direction};
use serde::Deserialize;
use serde_json::Value;

use super::write::Writer;
use crate::client::{
    AIM_ABS_MAX, MESSAGE_NAME_CHARS_MAX, MESSAGE_PAYLOAD_BYTES_MAX, MESSAGE_PAYLOAD_DEPTH_MAX,
    MOVE_ABS_MAX, VIEW_TICKS_MAX,
};
use crate::{ClientMessage, DecodeError, GameMessage};

const SHAPE: &str = "not a JSON object with these fields";

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    tick: Option<u32>,
    #[serde(rename = "move")]
    direction: Option<(f64, f64)>,
    aim: Option<f64>,
    fire: Option<bool>,
    seen: Option<u32>,
    view: Option<f64>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    payload: Option<Value>,
}

pub(crate) fn decode_client(bytes: &[u8]) -> Result<ClientMessage, DecodeError> {
    // The parser would take a list of the fields' values, too.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(DecodeError::Malformed(SHAPE));
    }
    let message: Message<'_> =
        serde_json::from_slice(bytes).map_err(|_| DecodeError::Malformed(SHAPE))?;
    match &*message.kind {
        "input" => input(&message),
        "message" => game_message(message).map(ClientMessage::Message),
        _ => Err(DecodeError::Malformed("unknown type")),
    }
}

fn input(message: &Message<'_>) -> Result<ClientMessage, DecodeError> {
    let (x, y) = message
        .direction
        .ok_or(DecodeError::Malformed("`move` is missing"))?;
    let aim = message
        .aim
        .ok_or(DecodeError::Malformed("`aim` is missing"))?;
    let fire = message
        .fire
        .ok_or(DecodeError::Malformed("`fire` is missing"))?;
    bounded(x, MOVE_ABS_MAX, "`move` is out of range")?;
    bounded(y, MOVE_ABS_MAX, "`move` is out of range")?;
    bounded(aim, AIM_ABS_MAX, "`aim` is out of range")?;
    let (dx, dy) = direction(x, y);
    let input = Input {
        dx,
        dy,
        aim: aim_from_radians(aim),
        fire,
    };
    let view_delay = message.view.map(view_delay).transpose()?;
    Ok(ClientMessage::Input {
        tick: message.tick,
        input,
        seen: message.seen,
        view_delay,
    })
}

pub(crate) fn encode_input(
    tick: Option<u32>,
    input: Input,
    seen: Option<u32>,
    view_delay: Option<u16>,
    out: &mut Vec<u8>,
) {
    let mut json = Writer::new(out);
    json.open(b'{').key("type").text("input");
    if let Some(tick) = tick {
        json.key("tick").number(tick.into());
    }
    json.key("move")
        .open(b'[')
        .number(input.dx.into())
        .number(input.dy.into())
        .close(b']');
    json.key("aim")
        .radians(input.aim.into())
        .key("fire")
        .flag(input.fire);
    if let Some(seen) = seen {
        json.key("seen").number(seen.into());
    }
    if let Some(view_delay) = view_delay {
        json.key("view").decimal(view_delay.into(), 16);
    }
    json.close(b'}');
}

fn game_message(message: Message<'_>) -> Result<GameMessage, DecodeError> {
    let name = message
        .name
        .ok_or(DecodeError::Malformed("`name` is missing"))?;
    let chars = 1..=MESSAGE_NAME_CHARS_MAX;
    if !chars.contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(DecodeError::Malformed("`name` is out of range"));
    }
    let payload = message.payload.unwrap_or_default();
    if depth(&payload) > MESSAGE_PAYLOAD_DEPTH_MAX {
        return Err(DecodeError::Malformed("`payload` is nested too deep"));
    }
    let payload = payload.to_string();
    if payload.len() > MESSAGE_PAYLOAD_BYTES_MAX {
        return Err(DecodeError::Malformed("`payload` is too long"));
    }
    Ok(GameMessage {
        name: name.into_owned(),
        payload,
    })
}

/// Lists and objects within each other. The parser's own limit of 128 bounds it.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

pub(crate) fn encode_message(message: &GameMessage, out: &mut Vec<u8>) {
    let mut json = Writer::new(out);
    json.open(b'{').key("type").text("message");
    json.key("name").text(&message.name);
    json.key("payload").raw(&message.payload).close(b'}');
}

/// In 1/16 tick, to the nearest.
fn view_delay(ticks: f64) -> Result<u16, DecodeError> {
    bounded(ticks, VIEW_TICKS_MAX, "`view` is out of range")?;
    if ticks < 0.0 {
        Err(DecodeError::Malformed("`view` is negative"))
    } else {
        Ok((ticks * 16.0 + 0.5) as u16)
    }
}

fn bounded(value: f64, abs_max: f64, otherwise: &'static str) -> Result<(), DecodeError> {
    if value.abs() <= abs_max {
        Ok(())
    } else {
        Err(DecodeError::Malformed(otherwise))
    }
}
