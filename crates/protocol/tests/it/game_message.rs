//! Game messages: their payloads, bounds and ids.

use protocol::{ClientMessage, GameMessage};

use crate::client::{NO_WHOLE_NUMBERS, WHOLE_NUMBERS, check, message};

#[test]
fn game_messages_are_decoded() {
    check(
        r#"{"type":"message","name":"wave","payload":{ "hand" : "left", "n": [1, 2.5, null] }}"#,
        Ok(message("wave", r#"{"hand":"left","n":[1,2.5,null]}"#)),
    );
    check(
        r#"{"type":"message","name":"gg"}"#,
        Ok(message("gg", "null")),
    );
    check(
        r#"{"type":"message","name":"gg","payload":null,"id":null}"#,
        Ok(message("gg", "null")),
    );
    check(
        r#"{"type":"message","name":"caf\u00e9","payload":"\u00e9 \" \n"}"#,
        Ok(message("café", r#""é \" \n""#)),
    );
}

fn with_payload(name: &str, payload: &str) -> String {
    format!(r#"{{"type":"message","name":"{name}","payload":{payload}}}"#)
}

#[test]
fn a_payload_is_forwarded_without_spaces_and_escapes() {
    let table = [
        ("12345678901234567890123", "12345678901234567890123"),
        ("9007199254740993", "9007199254740993"),
        ("1.0", "1.0"),
        ("1e400", "1e400"),
        ("-1E+400", "-1E+400"),
        ("-0", "-0"),
        ("0.1000000000000000000000001", "0.1000000000000000000000001"),
        (
            " [ 1 , { \"b\" : 2 , \"a\" : -0.0 } ]\n",
            r#"[1,{"b":2,"a":-0.0}]"#,
        ),
        (r#"{"a":1,"a":2}"#, r#"{"a":1,"a":2}"#),
        (r#""two  spaces, \"[{,:""#, r#""two  spaces, \"[{,:""#),
        (r#""\\""#, r#""\\""#),
        (r#"["\\\" ]",""]"#, r#"["\\\" ]",""]"#),
        (r#"{"\u00e9":"\ud83d\ude00\/"}"#, "{\"é\":\"😀/\"}"),
        ("true", "true"),
    ];
    for (sent, leaves) in table {
        check(&with_payload("n", sent), Ok(message("n", leaves)));
    }
}

#[test]
fn game_message_fields_are_limited() {
    const SHAPE: &str = "not a JSON object with these fields";
    let text = with_payload;
    let nested = |deep: usize| format!("{}{}", "[".repeat(deep), "]".repeat(deep));
    let long = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    check(
        &text(&"é".repeat(32), "1"),
        Ok(message(&"é".repeat(32), "1")),
    );
    check(&text("a", &nested(16)), Ok(message("a", &nested(16))));
    check(&text("a", &long(512)), Ok(message("a", &long(512))));
    check(&text("", "1"), Err("`name` is out of range"));
    check(&text(&"x".repeat(33), "1"), Err("`name` is out of range"));
    check(&text("a\\u0007", "1"), Err("`name` is out of range"));
    check(&text("a", &nested(17)), Err("`payload` is nested too deep"));
    check(
        &text("a", &nested(200)),
        Err("`payload` is nested too deep"),
    );
    check(&text("a", &long(513)), Err("`payload` is too long"));
    check(&text("a", &"1".repeat(513)), Err("`payload` is too long"));
    check(r#"{"type":"message"}"#, Err("`name` is missing"));
    check(&text("a", "{1:2}"), Err(SHAPE));
    check(&text("a", "01"), Err(SHAPE));
    check(&text("a", "\"\u{7}\""), Err(SHAPE));
    check(
        r#"{"type":"message","name":7}"#,
        Err("`name` is not a text"),
    );
    check(
        r#"{"type":"message","name":"\ud800"}"#,
        Err("`name` is not a text"),
    );
    for broken in [
        r#""\ud800""#,
        r#""\udc00\ud800""#,
        r#"{"\udbff":1}"#,
        r#"["ok","\ud83dx"]"#,
    ] {
        check(
            &text("a", broken),
            Err("`payload` has a text that is not Unicode"),
        );
    }
}

#[test]
fn an_id_is_a_whole_number_of_32_bits() {
    let with_id = |id: &str| format!(r#"{{"type":"message","id":{id},"name":"n"}}"#);
    let taken = |id: u32| {
        let ClientMessage::Message(plain) = message("n", "null") else {
            panic!("a message")
        };
        Ok(ClientMessage::Message(GameMessage {
            id: Some(id),
            ..plain
        }))
    };
    for (spelled, id) in WHOLE_NUMBERS {
        check(&with_id(spelled), taken(id));
    }
    for spelled in NO_WHOLE_NUMBERS {
        check(
            &with_id(spelled),
            Err("`id` is not a whole number from 0 to 4294967295"),
        );
    }
}
