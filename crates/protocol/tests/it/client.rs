//! Client messages: valid and invalid ones.

use game::{InputFields as _, Pad, direction};
use proptest::prelude::*;
use protocol::{
    CLIENT_MESSAGE_BYTES_MAX, ClientMessage, Form, GameMessage, decode_client, encode_client,
};

fn decoded(text: &[u8]) -> Result<ClientMessage, String> {
    decode_client(Pad::SCHEMA, Form::Text, text).map_err(|error| error.to_string())
}

pub(crate) fn check(text: &str, expected: Result<ClientMessage, &str>) {
    let expected = expected.map_err(|why| format!("violates the protocol: {why}"));
    assert_eq!(decoded(text.as_bytes()), expected, "{text}");
}

fn input(tick: Option<u32>, (dx, dy): (i8, i8), aim: u16, fire: bool) -> ClientMessage {
    let input = Pad { dx, dy, aim, fire }.into();
    ClientMessage::Input {
        tick,
        input,
        seen: None,
        view_delay: None,
    }
}

#[test]
fn inputs_are_decoded() {
    check(
        r#"{"type":"input","move":[0,0],"aim":0,"fire":false}"#,
        Ok(input(None, (0, 0), 0, false)),
    );
    check(
        r#"{"fire":true,"aim":-1.5707963,"move":[0.5,-1e-3],"tick":7,"type":"input"}"#,
        Ok(input(Some(7), (127, 0), 768, true)),
    );
    check(
        r#" {"type" : "input", "move" : [ -2 , 2 ], "aim" : 3.14159265, "fire" : true, "tick" : null} "#,
        Ok(input(None, (-127, 127), 512, true)),
    );
    check(
        r#"{"type":"input","tick":4294967295,"move":[1,0],"aim":1000,"fire":false,"seen":9,"view":2.5}"#,
        Ok(ClientMessage::Input {
            tick: Some(u32::MAX),
            input: Pad {
                dx: 127,
                dy: 0,
                aim: 159,
                fire: false,
            }
            .into(),
            seen: Some(9),
            view_delay: Some(40),
        }),
    );
}

pub(crate) fn message(name: &str, payload: &str) -> ClientMessage {
    ClientMessage::Message(GameMessage {
        id: None,
        name: name.into(),
        payload: payload.into(),
    })
}

pub(crate) const WHOLE_NUMBERS: [(&str, u32); 9] = [
    ("7", 7),
    ("7.0", 7),
    ("7e0", 7),
    ("0.7E+1", 7),
    ("70e-1", 7),
    ("-0", 0),
    ("-0.0", 0),
    ("4294967295", u32::MAX),
    ("4294967295.0", u32::MAX),
];
pub(crate) const NO_WHOLE_NUMBERS: [&str; 11] = [
    "-1",
    "1.5",
    "1e-9",
    "4294967296",
    "4294967295.5",
    "18446744073709551616",
    "1e400",
    "\"7\"",
    "true",
    "[7]",
    "{}",
];

#[test]
fn ticks_are_whole_numbers_in_any_spelling() {
    let with = |field: &str, value: &str| {
        format!(r#"{{"type":"input","move":[0,0],"aim":0,"fire":false,"{field}":{value}}}"#)
    };
    for (spelled, tick) in WHOLE_NUMBERS {
        check(
            &with("tick", spelled),
            Ok(input(Some(tick), (0, 0), 0, false)),
        );
        let Ok(ClientMessage::Input { seen, .. }) = decoded(with("seen", spelled).as_bytes())
        else {
            panic!("seen: {spelled}")
        };
        assert_eq!(seen, Some(tick), "{spelled}");
    }
    for spelled in NO_WHOLE_NUMBERS {
        for field in ["tick", "seen"] {
            let why = format!("`{field}` is not a whole number from 0 to 4294967295");
            check(&with(field, spelled), Err(&why));
        }
    }
}

#[test]
fn fields_of_another_message_are_ignored() {
    let odd = r#""move":"up","aim":{},"fire":7,"tick":"x","seen":-1,"view":1e400,"view":2"#;
    check(
        &format!(r#"{{"type":"message","name":"gg",{odd}}}"#),
        Ok(message("gg", "null")),
    );
    let odd = r#""name":7,"id":"x","id":-1,"payload":"\ud800""#;
    check(
        &format!(r#"{{"type":"input","move":[0,0],"aim":0,"fire":false,{odd}}}"#),
        Ok(input(None, (0, 0), 0, false)),
    );
    check(r#"{"type":"dance","move":7,"name":7}"#, Err("unknown type"));
}

#[test]
fn a_duplicate_field_is_refused() {
    const SHAPE: &str = "not a JSON object with these fields";
    check(
        r#"{"type":"message","type":"message","name":"gg"}"#,
        Err(SHAPE),
    );
    check(r#"{"type":"message","name":"gg","name":"gg"}"#, Err(SHAPE));
    check(
        r#"{"type":"message","name":"gg","payload":1,"payload":1}"#,
        Err(SHAPE),
    );
    check(
        r#"{"type":"message","name":"gg","more":1,"more":1}"#,
        Ok(message("gg", "null")),
    );
}

#[test]
fn unknown_fields_are_ignored() {
    check(
        r#"{"type":"input","move":[0,0],"aim":0,"fire":false,"dance":{"deep":[1,2,{}]}}"#,
        Ok(input(None, (0, 0), 0, false)),
    );
}

#[test]
fn an_error_names_the_field() {
    const SHAPE: &str = "not a JSON object with these fields";
    check("", Err(SHAPE));
    check("null", Err(SHAPE));
    check("[]", Err(SHAPE));
    check("{}", Err(SHAPE));
    check(r#"["input",1,[0,0],0.0,true,1,2.0]"#, Err(SHAPE));
    check(r#"{"type":"input""#, Err(SHAPE));
    check(
        r#"{"type":7,"move":[0,0],"aim":0,"fire":false}"#,
        Err(SHAPE),
    );
    check(r#"{"type":"dance"}"#, Err("unknown type"));
    check(
        r#"{"type":"Input","move":[0,0],"aim":0,"fire":false}"#,
        Err("unknown type"),
    );
    check(
        r#"{"type":"input","aim":0,"fire":false}"#,
        Err("`move` is missing"),
    );
    check(
        r#"{"type":"input","move":null,"aim":0,"fire":false}"#,
        Err("`move` is missing"),
    );
    check(
        r#"{"type":"input","move":[0,0],"fire":false}"#,
        Err("`aim` is missing"),
    );
    check(
        r#"{"type":"input","move":[0,0],"aim":0}"#,
        Err("`fire` is missing"),
    );
    check(
        r#"{"type":"input","move":[0],"aim":0,"fire":false}"#,
        Err("`move` is not two numbers"),
    );
    check(
        r#"{"type":"input","move":[0,0,0],"aim":0,"fire":false}"#,
        Err("`move` is not two numbers"),
    );
    check(
        r#"{"type":"input","move":["0",0],"aim":0,"fire":false}"#,
        Err("`move` is not two numbers"),
    );
    check(
        r#"{"type":"input","move":[0,0],"aim":0,"fire":1}"#,
        Err("`fire` is not true or false"),
    );
    check(
        r#"{"type":"input","move":[0,0],"aim":0,"fire":false,"fire":true}"#,
        Err(SHAPE),
    );
}

#[test]
fn numbers_are_limited() {
    const SHAPE: &str = "not a JSON object with these fields";
    let with = |field: &str, value: &str| {
        let (mut direction, mut aim, mut view) = ("0", "0", "0");
        *(match field {
            "move" => &mut direction,
            "aim" => &mut aim,
            _ => &mut view,
        }) = value;
        format!(
            r#"{{"type":"input","move":[{direction},0],"aim":{aim},"fire":false,"view":{view}}}"#
        )
    };
    let check_number = |field: &str, value: &str, why: &str| check(&with(field, value), Err(why));
    for field in ["move", "aim", "view"] {
        let why = match field {
            "move" => "`move` is not two numbers".to_owned(),
            _ => format!("`{field}` is not a number"),
        };
        check_number(field, "NaN", SHAPE);
        check_number(field, "Infinity", SHAPE);
        check_number(field, "0x10", SHAPE);
        check_number(field, "1e999", &why);
        check_number(field, "\"0\"", &why);
    }
    check_number("move", "1000001", "`move` is out of range");
    check_number("move", "-1e300", "`move` is out of range");
    check_number("aim", "1000.5", "`aim` is out of range");
    check_number("view", "601", "`view` is out of range");
    check_number("view", "-0.1", "`view` is negative");
}

#[test]
fn the_length_is_limited() {
    let padded = |length: usize| {
        let text = r#"{"type":"input","move":[0,0],"aim":0,"fire":false}"#;
        format!("{text}{}", " ".repeat(length - text.len()))
    };
    check(
        &padded(CLIENT_MESSAGE_BYTES_MAX),
        Ok(input(None, (0, 0), 0, false)),
    );
    check(
        &padded(CLIENT_MESSAGE_BYTES_MAX + 1),
        Err("longer than 1024 bytes"),
    );
}

#[test]
fn the_nesting_depth_is_limited() {
    let deep = format!(r#"{{"type":"input","x":{}"#, "[".repeat(1000));
    assert!(decoded(deep.as_bytes()).is_err());
}

/// Inputs in the form that [`direction`] returns, which decoding does not change.
fn inputs() -> impl Strategy<Value = ClientMessage> {
    let heading = (-1.0..1.0f64, -1.0..1.0f64).prop_map(|(dx, dy)| direction(dx, dy));
    let pad = (heading, 0..1024u16, any::<bool>());
    (
        pad,
        any::<Option<u32>>(),
        any::<Option<u32>>(),
        prop::option::of(0..=9600u16),
    )
        .prop_map(
            |(((dx, dy), aim, fire), tick, seen, view_delay)| ClientMessage::Input {
                tick,
                input: Pad { dx, dy, aim, fire }.into(),
                seen,
                view_delay,
            },
        )
}

proptest! {
    #[test]
    fn an_encoded_message_decodes_to_itself(message in inputs()) {
        let mut text = Vec::new();
        encode_client(Pad::SCHEMA, &message, &mut text);
        prop_assert!(text.len() <= CLIENT_MESSAGE_BYTES_MAX);
        prop_assert_eq!(decoded(&text), Ok(message));
    }

    #[test]
    fn no_bytes_panic(bytes: Vec<u8>) {
        let _ = decoded(&bytes);
    }

    #[test]
    fn no_corrupted_message_panics(message in inputs(), at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
        let mut text = Vec::new();
        encode_client(Pad::SCHEMA, &message, &mut text);
        let at = at.index(text.len());
        text[at] = byte;
        let _ = decoded(&text);
        let _ = decoded(&text[..cut.index(text.len())]);
    }

    #[test]
    fn a_decoded_message_is_within_bounds(dx in any::<f64>(), dy in any::<f64>(), aim in any::<f64>(), view in any::<f64>()) {
        let text = format!(r#"{{"type":"input","move":[{dx:e},{dy:e}],"aim":{aim:e},"fire":true,"view":{view:e}}}"#);
        if let Ok(ClientMessage::Input { input, view_delay, .. }) = decoded(text.as_bytes()) {
            prop_assert!(view_delay <= Some(9600));
            prop_assert_eq!(Pad::SCHEMA.in_range(input), input);
        }
    }
}
