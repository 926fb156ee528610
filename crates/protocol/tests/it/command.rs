//! Commands: as text from a client, as text to a client, and as actions of a record.

use expect_test::{Expect, expect};
use game::command::Command;
use game::{InputFields as _, Pad, Seat};
use proptest::prelude::*;
use protocol::record::{
    ACTIONS_MAX, Action, RECORD_LONG_BYTES_MAX, Record, decode_record, encode_record, peek_tick,
    peek_ticks,
};
use protocol::{
    ClientMessage, CommandMessage, CommandResult, CommandStatus, Form, ServerMessage,
    decode_client, decode_server, encode_client, encode_command_result,
};

use crate::client::check;
use crate::record::support::record;

fn command(id: u32, name: &str, args: &[(&str, i64)], text: &str) -> CommandMessage {
    CommandMessage {
        id,
        name: name.to_owned(),
        args: args
            .iter()
            .map(|&(name, value)| (name.to_owned(), value))
            .collect(),
        text: text.to_owned(),
    }
}

fn taken(command: CommandMessage) -> ClientMessage {
    ClientMessage::Command(command)
}

#[test]
fn commands_are_decoded() {
    check(
        r#"{"type":"command","id":0,"name":"fold"}"#,
        Ok(taken(command(0, "fold", &[], ""))),
    );
    check(
        r#"{"type":"command","id":7,"name":"play","args":{"to":-2,"card":7.0},"text":null}"#,
        Ok(taken(command(7, "play", &[("card", 7), ("to", -2)], ""))),
    );
    check(
        r#"{"type":"command","id":4294967295,"name":"say","args":{},"text":"h\u00e9"}"#,
        Ok(taken(command(u32::MAX, "say", &[], "hé"))),
    );
}

#[test]
fn command_fields_are_limited() {
    let with = |rest: &str| format!(r#"{{"type":"command",{rest}}}"#);
    let numbers = "`args` is not an object of whole numbers";
    check(&with(r#""name":"a""#), Err("`id` is missing"));
    check(&with(r#""id":1"#), Err("`name` is missing"));
    check(&with(r#""id":1,"name":"""#), Err("`name` is out of range"));
    check(
        &with(r#""id":1.5,"name":"a""#),
        Err("`id` is not a whole number from 0 to 4294967295"),
    );
    for args in [
        "[]",
        "7",
        r#"{"a":1.5}"#,
        r#"{"a":"1"}"#,
        r#"{"a":9007199254740994}"#,
    ] {
        check(
            &with(&format!(r#""id":1,"name":"a","args":{args}"#)),
            Err(numbers),
        );
    }
    let seven = r#"{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1}"#;
    check(
        &with(&format!(r#""id":1,"name":"a","args":{seven}"#)),
        Err(numbers),
    );
    let text = |chars: usize| format!(r#""id":1,"name":"a","text":"{}""#, "é".repeat(chars));
    check(
        &with(&text(200)),
        Ok(taken(command(1, "a", &[], &"é".repeat(200)))),
    );
    check(&with(&text(201)), Err("`text` is too long"));
    check(
        &with(r#""id":1,"name":"a","text":7"#),
        Err("`text` is not a text"),
    );
}

#[test]
fn a_result_has_the_status_of_the_command() {
    let check = |id, result, expected: Expect, status| {
        let mut text = Vec::new();
        encode_command_result(id, result, &mut text);
        expected.assert_eq(&String::from_utf8_lossy(&text));
        let decoded = ServerMessage::CommandResult(CommandResult { id, status });
        assert_eq!(decode_server(&text), Ok(decoded));
    };
    check(
        7,
        Ok(812),
        expect![[r#"{"type":"command_result","id":7,"status":"applied","tick":812}"#]],
        CommandStatus::Applied { tick: 812 },
    );
    check(
        8,
        Err("not_your_turn"),
        expect![[
            r#"{"type":"command_result","id":8,"status":"refused","reason":"not_your_turn"}"#
        ]],
        CommandStatus::Refused {
            reason: "not_your_turn".to_owned(),
        },
    );
}

fn action() -> impl Strategy<Value = Action> {
    let arg = prop_oneof![Just(0i64), -20..20i64, any::<i64>()];
    let args = prop::collection::vec(arg, 6);
    (0..5usize, any::<u32>(), 0..64u8, args, ".{0,200}").prop_map(|(seat, id, kind, args, text)| {
        let mut command = Command {
            kind,
            args: [0; 6],
            text,
        };
        command.args.copy_from_slice(&args);
        let seat = Seat::new(seat).expect("a seat");
        Action { seat, id, command }
    })
}

proptest! {
    #[test]
    fn a_command_survives_a_round_trip(id: u32, name in "[a-z_]{1,32}", chips in -9_007_199_254_740_992..=9_007_199_254_740_992i64, text in ".{0,40}") {
        let message = ClientMessage::Command(command(id, &name, &[("chips", chips)], &text));
        let mut bytes = Vec::new();
        prop_assert_eq!(encode_client(Pad::SCHEMA, &message, &mut bytes), Form::Text);
        prop_assert_eq!(decode_client(Pad::SCHEMA, Form::Text, &bytes), Ok(message));
    }

    #[test]
    fn a_record_keeps_its_actions((record, before) in record(), actions in prop::collection::vec(action(), 0..=ACTIONS_MAX)) {
        let record = Record { actions, ..record };
        let mut bytes = Vec::new();
        encode_record(Pad::SCHEMA, &record, &before, &mut bytes);
        prop_assert!(bytes.len() <= RECORD_LONG_BYTES_MAX, "{} bytes", bytes.len());
        prop_assert_eq!(peek_tick(&bytes), Ok(record.tick));
        for cut in (0..bytes.len()).step_by(7) {
            prop_assert!(decode_record(Pad::SCHEMA, &bytes[..cut], &before).is_err());
        }
        prop_assert_eq!(decode_record(Pad::SCHEMA, &bytes, &before), Ok(record));
    }

    #[test]
    fn a_record_keeps_the_ticks_without_a_step((record, before) in record(), actions in prop::collection::vec(action(), 0..3), idle: u32) {
        let idle = idle % record.tick.max(1);
        let record = Record { idle, actions, ..record };
        let mut bytes = Vec::new();
        encode_record(Pad::SCHEMA, &record, &before, &mut bytes);
        prop_assert!(bytes.len() <= RECORD_LONG_BYTES_MAX, "{} bytes", bytes.len());
        prop_assert_eq!(peek_ticks(5, &bytes), Ok(record.tick - idle..=record.tick));
        for cut in 0..bytes.len() {
            prop_assert!(decode_record(Pad::SCHEMA, &bytes[..cut], &before).is_err());
        }
        prop_assert_eq!(decode_record(Pad::SCHEMA, &bytes, &before), Ok(record));
    }

    #[test]
    fn no_changed_action_panics((record, before) in record(), action in action(), at: prop::sample::Index, bit in 0..8) {
        let record = Record { actions: vec![action], ..record };
        let mut bytes = Vec::new();
        encode_record(Pad::SCHEMA, &record, &before, &mut bytes);
        let at = at.index(bytes.len());
        bytes[at] ^= 1u8 << bit;
        if let Ok(record) = decode_record(Pad::SCHEMA, &bytes, &before) {
            let mut again = Vec::new();
            encode_record(Pad::SCHEMA, &record, &before, &mut again);
            prop_assert_eq!(decode_record(Pad::SCHEMA, &again, &before), Ok(record));
        }
    }
}
