//! Compile-time errors for invalid game descriptions.

use std::panic::catch_unwind;
use std::string::String;

use super::*;
use crate::{Arg, EntityKind};

const COUNT: ArgKind = ArgKind::Value(Kind::Count);

const fn field(name: &'static str, bits: u8, kind: Kind) -> Field {
    Field { name, bits, kind }
}

const fn arg(name: &'static str, kind: ArgKind) -> Arg {
    Arg { name, kind }
}

/// Checks the compile error for this schema.
fn check(schema: Schema, expected: &str) {
    let result = catch_unwind(|| schema.assert()).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        text.or_else(|| panic.downcast_ref::<&str>().copied())
            .map(String::from)
    });
    let expected = match expected {
        "" => Ok(()),
        mistake => Err(Some(String::from(mistake))),
    };
    assert_eq!(result, expected, "{schema:?}");
}

fn check_seat(seat: &'static [Field], expected: &str) {
    check(
        Schema {
            match_fields: &[],
            private: 0,
            seat,
            entities: &[],
            events: &[],
        },
        expected,
    );
}

fn check_event(args: &'static [Arg], expected: &str) {
    let events = std::vec![EventKind { name: "hit", args }].leak();
    check(
        Schema {
            match_fields: &[],
            private: 0,
            seat: &[],
            entities: &[],
            events,
        },
        expected,
    );
}

#[test]
fn the_error_for_an_invalid_field_names_the_field_and_the_rule() {
    check_seat(&[], "");
    check_seat(&const { [field("hp", 32, Kind::Count)] }, "");
    check_seat(
        &const { [field("hp", 33, Kind::Count)] },
        "seat field `hp` must have 1 to 32 bits",
    );
    check_seat(
        &const { [field("hp", 0, Kind::Timer)] },
        "seat field `hp` must have 1 to 32 bits",
    );
    check_seat(
        &const { [field("x", 14, Kind::Linear { per_px: 3 })] },
        "seat field `x` has a scale (per_px) that does not divide 10,000",
    );
    check_seat(
        &const { [field("x", 14, Kind::Linear { per_px: 0 })] },
        "seat field `x` has a scale (per_px) that does not divide 10,000",
    );
    check_seat(
        &const { [field("aim", 9, Kind::Angle)] },
        "seat field `aim` is an angle, which must have 10 bits",
    );
    check_seat(
        &const { [field("it", 2, Kind::Flag)] },
        "seat field `it` is a flag, which must have 1 bit",
    );
    check_seat(
        &const {
            [
                field("a", 1, Kind::Flag),
                field("b", 1, Kind::Flag),
                field("a", 2, Kind::Count),
            ]
        },
        "seat field `a` has the same name as another one",
    );
    check_seat(
        &const { [field("online", 1, Kind::Flag)] },
        "seat field `online` has a name that the protocol reserves",
    );
}

#[test]
fn a_seat_has_at_most_32_fields() {
    const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFG";
    const FIELDS: [Field; 33] = {
        let mut fields = [field("", 1, Kind::Flag); 33];
        let mut at = 0;
        while at < 33 {
            let (_, rest) = LETTERS.split_at(at);
            let (letter, _) = rest.split_at(1);
            fields[at] = field(letter, 1, Kind::Flag);
            at += 1;
        }
        fields
    };
    check_seat(&FIELDS, "seat field `G` exceeds the limit of 32");
    check_seat(FIELDS.split_at(32).0, "");
}

#[test]
fn entities_and_events_follow_the_same_rules() {
    const KIND: EntityKind = EntityKind {
        name: "kind",
        changes: false,
        fields: &[],
    };
    const WIDE: [Field; 1] = [field("n", 33, Kind::Count)];
    const BALLS: [EntityKind; 1] = [EntityKind {
        name: "balls",
        changes: true,
        fields: &WIDE,
    }];
    const PLAYERS: [EntityKind; 1] = [EntityKind {
        name: "players",
        changes: false,
        fields: &[],
    }];
    let with = |entities| Schema {
        match_fields: &[],
        private: 0,
        seat: &[],
        entities,
        events: &[],
    };
    check(with(&BALLS), "entity field `n` must have 1 to 32 bits");
    check(
        with(&PLAYERS),
        "entities `players` has a name that the protocol reserves",
    );
    check(
        with(&const { [KIND; 17] }),
        "entities `kind` exceeds the limit of 16 kinds",
    );
    check(
        with(&const { [KIND; 2] }),
        "entities `kind` has the same name as another one",
    );
    check_seat(
        &const { [field("vx", 8, Kind::Velocity { per_px: 3 })] },
        "seat field `vx` has a scale (per_px) that does not divide 10,000",
    );
    check_event(&const { [arg("by", ArgKind::Seat)] }, "");
    check_event(
        &const { [arg("n", COUNT); 7] },
        "event `hit` has more than 6 arguments",
    );
    check_event(
        &const { [arg("n", COUNT); 2] },
        "event `hit` has two arguments with the same name",
    );
    check_event(
        &const { [arg("x", ArgKind::Value(Kind::Linear { per_px: 7 }))] },
        "event `hit` has an argument with a scale (per_px) that does not divide 10,000",
    );
    check_event(
        &const { [arg("tick", COUNT)] },
        "event `hit` has an argument with a name that the protocol reserves",
    );
}

#[test]
fn a_setting_has_a_default_within_its_range() {
    const fn setting(default: i32) -> Setting {
        Setting {
            name: "lives",
            default,
            min: 1,
            max: 3,
        }
    }
    const OUTSIDE: [Setting; 1] = [setting(4)];
    const INSIDE: [Setting; 9] = [setting(3); 9];
    let rule = |settings| settings_mistake(settings).map(|mistake: Mistake| mistake.rule);
    assert_eq!(rule(&OUTSIDE), Some("has a default outside of its range"));
    assert_eq!(rule(&INSIDE), Some("exceeds the limit of 8"));
    assert_eq!(rule(INSIDE.split_at(8).0), None);
}

#[test]
fn a_result_has_at_most_eight_stats_with_distinct_names() {
    const EIGHT: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
    let mistake = |stats| stats_mistake(stats).map(|mistake| (mistake.name, mistake.rule));
    assert_eq!(mistake(&EIGHT), Some(("i", "exceeds the limit of 8")));
    assert_eq!(
        mistake(&["laps", "laps"]),
        Some(("laps", "has the same name as another one"))
    );
    assert_eq!(mistake(EIGHT.split_at(8).0), None);
}

#[test]
fn a_command_has_a_distinct_name_and_at_most_six_arguments() {
    const TWICE: [CommandKind; 2] = [CommandKind::new("fold", &[]); 2];
    const LONG: [CommandKind; 1] = [CommandKind::new(
        "bet",
        &["a", "b", "c", "d", "e", "f", "g"],
    )];
    let mistake = |commands| commands_mistake(commands).map(|mistake| (mistake.name, mistake.rule));
    assert_eq!(
        mistake(&TWICE),
        Some(("fold", "has the same name as another one"))
    );
    assert_eq!(mistake(&LONG), Some(("bet", "has more than 6 arguments")));
    assert_eq!(mistake(TWICE.split_at(1).0), None);
}
