//! The message `input` as JSON: its own fields, and those of the game's input by name.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;

use game::{Input, InputField, InputKind, InputSchema, aim_from_radians, axis, direction};
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::client::{SHAPE, optional, whole};
use super::write::Writer;
use crate::client::{ANGLE_ABS_MAX, DIRECTION_ABS_MAX, VIEW_TICKS_MAX};
use crate::{ClientError, ClientMessage, DecodeError};

/// The fields of the message in addition to the game's.
const OWN: [&str; 3] = ["tick", "seen", "view"];
/// The maximum number of fields of a game's input.
const FIELDS_MAX: usize = 16;
/// The greatest number of an axis, which is 1 in JSON.
const AXIS_MAX: i64 = 127;

/// The values in their spelling. Null counts as a missing field.
struct Spelled<'a> {
    own: [Option<&'a RawValue>; OWN.len()],
    fields: [Option<&'a RawValue>; FIELDS_MAX],
}

pub(super) fn decode_input(
    schema: &InputSchema,
    bytes: &[u8],
) -> Result<ClientMessage, ClientError> {
    let malformed = |_| DecodeError::Malformed(SHAPE);
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let Spelled { own, fields } = Seed(schema).deserialize(&mut json).map_err(malformed)?;
    json.end().map_err(malformed)?;
    let mut input = Input::default();
    for ((place, &InputField { name, kind }), spelled) in
        schema.places().iter().zip(schema.fields()).zip(fields)
    {
        let number = spelled
            .ok_or("is missing")
            .and_then(|spelled| number(kind, spelled))
            .map_err(|rule| ClientError::Field { name, rule })?;
        place.set(&mut input, number);
    }
    let [tick, seen, view] = own;
    let view: Option<f64> = optional(view, "`view` is not a number")?;
    Ok(ClientMessage::Input {
        tick: whole(tick, "`tick` is not a whole number from 0 to 4294967295")?,
        input,
        seen: whole(seen, "`seen` is not a whole number from 0 to 4294967295")?,
        view_delay: view.map(view_delay).transpose()?,
    })
}

pub(crate) fn encode_input(
    schema: &InputSchema,
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
    for (place, field) in schema.places().iter().zip(schema.fields()) {
        json.key(field.name);
        put_number(&mut json, place.kind, place.get(input));
    }
    if let Some(seen) = seen {
        json.key("seen").number(seen.into());
    }
    if let Some(view_delay) = view_delay {
        json.key("view").decimal(view_delay.into(), 16);
    }
    json.close(b'}');
}

fn put_number(json: &mut Writer<'_>, kind: InputKind, number: u32) {
    let side = |bits: u32| i64::from(bits as u8 as i8);
    match kind {
        InputKind::Button | InputKind::Hold => json.flag(number != 0),
        // Four decimals distinguish all 255 values.
        InputKind::Axis => json.decimal(side(number), AXIS_MAX),
        InputKind::Direction => json
            .open(b'[')
            .number(side(number >> 8))
            .number(side(number))
            .close(b']'),
        InputKind::Angle => json.radians(number.into()),
        InputKind::Choice(_) | InputKind::Count(_) => json.number(number.into()),
    };
}

/// The number of a field, or the rule that its value breaks.
fn number(kind: InputKind, spelled: &RawValue) -> Result<u32, &'static str> {
    match kind {
        InputKind::Button | InputKind::Hold => {
            parse::<bool>(spelled, "is not true or false").map(u32::from)
        }
        InputKind::Axis => {
            let value = bounded(parse(spelled, NOT_A_NUMBER)?, 1.0)?;
            Ok(u32::from(axis(value) as u8))
        }
        InputKind::Direction => {
            let (x, y) = parse(spelled, "is not two numbers")?;
            let (x, y) = direction(
                bounded(x, DIRECTION_ABS_MAX)?,
                bounded(y, DIRECTION_ABS_MAX)?,
            );
            Ok(u32::from(x as u8) << 8 | u32::from(y as u8))
        }
        InputKind::Angle => {
            let radians = bounded(parse(spelled, NOT_A_NUMBER)?, ANGLE_ABS_MAX)?;
            Ok(aim_from_radians(radians).into())
        }
        InputKind::Choice(_) | InputKind::Count(_) => {
            let value: f64 = parse(spelled, "is not a whole number")?;
            let whole = value as u32;
            if f64::from(whole) - value != 0.0 {
                Err("is not a whole number from 0 up")
            } else if u64::from(whole) >> kind.bits() != 0 || !kind.accepts(whole) {
                Err(OUT_OF_RANGE)
            } else {
                Ok(whole)
            }
        }
    }
}

const NOT_A_NUMBER: &str = "is not a number";
const OUT_OF_RANGE: &str = "is out of range";

fn parse<'a, T: Deserialize<'a>>(
    spelled: &'a RawValue,
    otherwise: &'static str,
) -> Result<T, &'static str> {
    serde_json::from_str(spelled.get()).map_err(|_| otherwise)
}

fn bounded(value: f64, abs_max: f64) -> Result<f64, &'static str> {
    if value.abs() <= abs_max {
        Ok(value)
    } else {
        Err(OUT_OF_RANGE)
    }
}

/// In 1/16 tick, rounded to the nearest.
fn view_delay(ticks: f64) -> Result<u16, DecodeError> {
    if ticks.abs() > VIEW_TICKS_MAX {
        Err(DecodeError::Malformed("`view` is out of range"))
    } else if ticks < 0.0 {
        Err(DecodeError::Malformed("`view` is negative"))
    } else {
        Ok((ticks * 16.0 + 0.5) as u16)
    }
}

/// Reads an object: the fields of the message and of the schema, each once; others are ignored.
struct Seed<'s>(&'s InputSchema);

impl<'a> DeserializeSeed<'a> for Seed<'_> {
    type Value = Spelled<'a>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Spelled<'a>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Visitor<'a> for Seed<'_> {
    type Value = Spelled<'a>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Spelled<'a>, A::Error> {
        let mut own = [None; OWN.len()];
        let mut fields = [None; FIELDS_MAX];
        while let Some(Name(name)) = map.next_key()? {
            let of_game = self.0.fields().iter().map(|field| field.name);
            let mut names = OWN.into_iter().chain(of_game);
            let Some(at) = names.position(|known| known == name) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let slot = match at.checked_sub(OWN.len()) {
                Some(at) => &mut fields[at],
                None => &mut own[at],
            };
            if slot.is_some() {
                return Err(A::Error::custom("duplicate field"));
            }
            *slot = Some(map.next_value::<Option<&RawValue>>()?);
        }
        Ok(Spelled {
            own: own.map(Option::flatten),
            fields: fields.map(Option::flatten),
        })
    }
}
