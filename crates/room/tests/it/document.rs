//! PROTOCOL.md against the code: tables, limits and examples.

use std::fmt::Write as _;

use arena::Arena;
use game::command::TEXT_CHARS_MAX;
use game::{
    ARGS_MAX, Arg, ArgKind, Field, Game, InputFields as _, Kind, Pad, State, VIEW_DELAY_MAX,
};
use protocol::limits::{
    AHEAD_TICKS_MAX, INTERPOLATION_FRAMES_MAX, SNAPSHOT_HZ, WATCH_MESSAGE_BYTES_MAX,
};
use protocol::{
    ANGLE_ABS_MAX, CLIENT_MESSAGE_BYTES_MAX, CloseCode, DIRECTION_ABS_MAX, Encoding, Form,
    MESSAGE_NAME_CHARS_MAX, MESSAGE_PAYLOAD_BYTES_MAX, MESSAGE_PAYLOAD_DEPTH_MAX,
    SUBPROTOCOL_BINARY, SUBPROTOCOL_JSON, VIEW_TICKS_MAX, decode_client, decode_server,
    decode_watch_welcome,
};
use room::{
    CHAT_BURST, CHAT_PER_SECOND, COMMANDS_PER_SECOND, DEGRADE_PAUSE_FRAMES, EXCESS_FRAMES_MAX,
    HOLD_FRAMES_MAX, PATIENCE_FRAMES, QUEUE_BYTES_MAX, QUEUE_MESSAGES_MAX, QUEUE_REFUSALS_MAX,
    RECOVER_FRAMES, RECOVERY_TRIAL_FRAMES, RESULTS_MAX,
};

const PROTOCOL: &str = include_str!("../../../../PROTOCOL.md");

/// Compares table rows without their last column, which is prose.
fn check_rows(rows: &[String], header: &str) {
    let table: Vec<_> = PROTOCOL
        .split_once(header)
        .unwrap_or_else(|| panic!("PROTOCOL.md has no table {header}"))
        .1
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    assert_eq!(
        table.len(),
        rows.len(),
        "rows after {header}: {table:#?} against {rows:#?}"
    );
    for (line, row) in table.iter().zip(rows) {
        assert!(
            line.starts_with(row.as_str()),
            "PROTOCOL.md says\n{line}\nand the code\n{row}"
        );
    }
}

fn check_says(what: &str) {
    let unwrapped = PROTOCOL.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(unwrapped.contains(what), "PROTOCOL.md does not say: {what}");
}

fn field_rows(fields: &[Field]) -> Vec<String> {
    let row = |field: &Field| {
        let kind = match field.kind {
            Kind::Linear { per_px } => format!("length, 1/{per_px} px"),
            Kind::Velocity { per_px } => format!("velocity, 1/{per_px} px a tick"),
            Kind::Angle => "angle, 1024 to the turn".to_owned(),
            Kind::Flag => "flag".to_owned(),
            Kind::Count => "count".to_owned(),
            Kind::Timer => "timer, 1 less each tick".to_owned(),
        };
        format!("| `{}` | {} | {kind} |", field.name, field.bits)
    };
    fields.iter().map(row).collect()
}

#[test]
fn field_tables_match_the_schema() {
    check_rows(&field_rows(Arena::SCHEMA.seat), "A seat:\n\n| field");
    for kind in Arena::SCHEMA.entities {
        check_rows(
            &field_rows(kind.fields),
            &format!("An entry of `{}`:\n\n| field", kind.name),
        );
    }
}

#[test]
fn the_event_table_matches_the_schema() {
    let arg = |arg: &Arg| {
        let kind = match arg.kind {
            ArgKind::Seat => "player",
            ArgKind::Entity => "id",
            ArgKind::Value(Kind::Linear { .. }) => "px",
            ArgKind::Value(Kind::Velocity { .. }) => "px a tick",
            ArgKind::Value(Kind::Angle) => "radians",
            ArgKind::Value(Kind::Flag) => "flag",
            ArgKind::Value(Kind::Count) => "count",
            ArgKind::Value(Kind::Timer) => "ticks",
        };
        format!("`{}` ({kind})", arg.name)
    };
    let rows: Vec<_> = Arena::SCHEMA
        .events
        .iter()
        .map(|kind| {
            format!(
                "| `{}` | {} |",
                kind.name,
                kind.args.iter().map(arg).collect::<Vec<_>>().join(", ")
            )
        })
        .collect();
    check_rows(&rows, "Events:\n\n| event");
}

#[test]
fn close_codes_match_the_code() {
    let rows = CloseCode::ALL.map(|code| format!("| {} | {} |", code.code(), code.reason()));
    check_rows(&rows, "## Close codes\n\n| code");
}

#[test]
fn limits_match_the_code() {
    check_says(&format!("at most {CLIENT_MESSAGE_BYTES_MAX} bytes long"));
    check_says(&format!(
        "each of at most {} in size",
        thousands(DIRECTION_ABS_MAX)
    ));
    check_says(&format!(
        "number of at most {} in size",
        thousands(ANGLE_ABS_MAX)
    ));
    check_says(&format!("number, 0 to {VIEW_TICKS_MAX} |"));
    check_says(&format!("more than {AHEAD_TICKS_MAX} ticks ahead"));
    check_says(&format!("for up to {HOLD_FRAMES_MAX} ticks"));
    check_says(&format!(
        "never by more than {} ticks (250 ms)",
        VIEW_DELAY_MAX / 16
    ));
    check_says(&format!(
        "no more than {INTERPOLATION_FRAMES_MAX} ticks beyond"
    ));
    check_says(&format!(
        "more than {QUEUE_MESSAGES_MAX} of them or {} KiB",
        QUEUE_BYTES_MAX / 1024
    ));
    check_says(&format!("subprotocol `{SUBPROTOCOL_JSON}`"));
    check_says(&format!(
        "`tick_hz`: {}; `snapshot_hz`: {}",
        game::TICKS_PER_SECOND,
        Encoding::Json.snapshot_hz(game::Rate::HZ60)
    ));
    check_says(&format!(
        "or {} for `{SUBPROTOCOL_BINARY}`",
        Encoding::Binary.snapshot_hz(game::Rate::HZ60)
    ));
    check_says(&format!(
        "may send {CHAT_PER_SECOND} a second, with a burst of {CHAT_BURST};"
    ));
    check_says(&format!("more than {QUEUE_REFUSALS_MAX} of these pile up"));
    check_says(&format!(
        "may send {COMMANDS_PER_SECOND} a second, with a burst of {COMMANDS_PER_SECOND}"
    ));
    check_says(&format!("the last {RESULTS_MAX} results"));
    check_says(&format!("object of at most {ARGS_MAX} whole numbers"));
    check_says(&format!("text of at most {TEXT_CHARS_MAX} characters"));
    check_says(&format!("text of 1 to {MESSAGE_NAME_CHARS_MAX} characters"));
    check_says(&format!(
        "at most {MESSAGE_PAYLOAD_BYTES_MAX} bytes without spaces, nested at most {MESSAGE_PAYLOAD_DEPTH_MAX} deep"
    ));
    check_says(&format!(
        "at most {} KiB of them",
        WATCH_MESSAGE_BYTES_MAX / 1024
    ));
    let hz = SNAPSHOT_HZ;
    check_says(&format!(
        "more than {EXCESS_FRAMES_MAX} ticks, a quarter of the least age and one interval together, for {PATIENCE_FRAMES} ticks on end, the rate goes from {} to {}, {}, {} a second, one step each {DEGRADE_PAUSE_FRAMES} ticks",
        hz[0], hz[1], hz[2], hz[3]
    ));
    check_says(&format!("{RECOVER_FRAMES} ticks with less than half"));
    check_says(&format!("fails within {RECOVERY_TRIAL_FRAMES} ticks"));
    for (name, _) in Arena::CONSTANTS {
        check_says(&format!("`{name}`"));
    }
    for setting in Arena::SETTINGS {
        check_says(&format!(
            "`{}` {} to {} ({})",
            setting.name, setting.min, setting.max, setting.default
        ));
    }
}

#[test]
fn examples_are_valid_messages() {
    let examples = PROTOCOL
        .split("```json\n")
        .skip(1)
        .filter_map(|text| text.split_once("\n```"));
    let mut types = String::new();
    for (example, _) in examples {
        let kind = example.split('"').nth(3).expect("a type");
        write!(types, "{kind} ").expect("a string takes all");
        let is_client = matches!(kind, "input" | "command")
            || kind == "message" && !example.contains("\"from\"");
        if example.contains("\"seat\":null") {
            decode_watch_welcome(example.trim().as_bytes()).expect(example);
        } else if is_client {
            decode_client(Pad::SCHEMA, Form::Text, example.as_bytes()).expect(example);
        } else {
            decode_server(example.as_bytes()).expect(example);
        }
    }
    assert_eq!(
        types,
        "input input message message command welcome joined snapshot event message message_result message_result command_result command_result over moved error welcome "
    );
}

fn thousands(number: f64) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).expect("digits"))
        .collect();
    groups.join(",")
}
