//! Inputs of every kind of field: packed, repeated, absent, out of range, and invalid declarations.

use std::vec::Vec;

use crate::check::input_mistake;
use crate::{
    Direction, Input, InputField, InputFields, InputKind, InputPlace, InputSchema, Pad, Random,
    TURN,
};

crate::input! {
    /// A field of every kind, and 64 bits.
    pub struct All {
        jump: button,
        crouch: hold,
        throttle: axis,
        way: direction,
        aim: angle,
        item: choice(5),
        level: count(25),
    }
}

const HELD: All = All {
    jump: true,
    crouch: true,
    throttle: -127,
    way: Direction { x: 127, y: -3 },
    aim: 1023,
    item: 4,
    level: (1 << 25) - 1,
};

#[test]
fn a_pad_consists_of_its_three_fields() {
    let pad = Pad {
        dx: 127,
        dy: -1,
        aim: 1023,
        fire: true,
    };
    let input = Input::from(pad);
    assert_eq!(input, Input(0x7f << 19 | 0xff << 11 | 1023 << 1 | 1));
    assert_eq!(Pad::from(input), pad);
    let fields = Pad::SCHEMA
        .fields()
        .iter()
        .map(|field| (field.name, field.kind));
    assert_eq!(
        fields.collect::<Vec<_>>(),
        [
            ("move", InputKind::Direction),
            ("aim", InputKind::Angle),
            ("fire", InputKind::Button),
        ]
    );
    let beyond = Pad {
        dx: -128,
        dy: 0,
        aim: TURN + 3,
        fire: false,
    };
    let (dx, aim) = (-127, 3);
    assert_eq!(Pad::from(Input::from(beyond)), Pad { dx, aim, ..beyond });
}

#[test]
fn every_kind_survives_a_round_trip() {
    let widths: Vec<_> = All::SCHEMA
        .places()
        .iter()
        .map(|place| place.bits)
        .collect();
    assert_eq!(widths, [1, 1, 8, 16, 10, 3, 25]);
    assert_eq!(All::SCHEMA.bits(), 64);
    assert_eq!(All::from(Input::from(HELD)), HELD);
    assert_eq!(All::from(Input::default()), All::default());
    let mut random = Random::new(1);
    for _ in 0..1000 {
        let input = All::SCHEMA.random(&mut random);
        assert_eq!(Input::from(All::from(input)), input);
        assert_eq!(All::SCHEMA.in_range(input), input);
    }
}

#[test]
fn a_tick_without_input_repeats_all_fields_but_buttons() {
    let held = All::SCHEMA.held(HELD.into());
    assert_eq!(
        All::from(held),
        All {
            jump: false,
            ..HELD
        }
    );
    let pressed = All::SCHEMA.with_buttons(held, HELD.into());
    assert_eq!(All::from(pressed), HELD);
    let nothing = All::SCHEMA.with_buttons(Input::default(), HELD.into());
    let jump = true;
    assert_eq!(
        All::from(nothing),
        All {
            jump,
            ..All::default()
        }
    );
}

#[test]
fn an_absent_player_keeps_angles_and_choices() {
    let expected = All {
        aim: HELD.aim,
        item: HELD.item,
        ..All::default()
    };
    assert_eq!(All::from(All::SCHEMA.neutral(HELD.into())), expected);
}

#[test]
fn a_value_out_of_range_is_limited() {
    let beyond = All {
        throttle: -128,
        way: Direction { x: -128, y: -128 },
        aim: 1024 + 7,
        item: 200,
        level: u32::MAX,
        ..HELD
    };
    let expected = All {
        throttle: -127,
        way: Direction { x: -127, y: -127 },
        aim: 7,
        item: 4,
        ..HELD
    };
    assert_eq!(All::from(Input::from(beyond)), expected);
}

#[test]
fn numbers_out_of_range_are_not_accepted() {
    let mut random = Random::new(5);
    let schema = All::SCHEMA;
    for _ in 0..10_000 {
        let sides = [0, 0x7f, 0x80, 0x81, 0xff];
        let mut any = Input(u64::from(random.bits()) << 32 | u64::from(random.bits()));
        for place in schema.places() {
            let side = |random: &mut Random| sides[random.below(5) as usize];
            match place.kind {
                InputKind::Axis => place.set(&mut any, side(&mut random)),
                InputKind::Direction => {
                    place.set(&mut any, side(&mut random) << 8 | side(&mut random));
                }
                _ => {}
            }
        }
        let of_each = |place: &InputPlace| place.kind.accepts(place.get(any));
        assert_eq!(schema.accepts(any), schema.places().iter().all(of_each));
        assert_eq!(schema.accepts(any), schema.in_range(any) == any);
    }
}

const fn field(name: &'static str, kind: InputKind) -> InputField {
    InputField { name, kind }
}

const WIDE: [InputField; 3] = [
    field("a", InputKind::Count(32)),
    field("b", InputKind::Count(32)),
    field("c", InputKind::Hold),
];

#[test]
fn the_error_names_the_field_and_the_rule() {
    let check = |fields: &'static [InputField], expected: Option<(&str, &str)>| {
        let found = input_mistake(fields).map(|mistake| (mistake.name, mistake.rule));
        assert_eq!(found, expected, "{fields:?}");
    };
    let choice = |choices| std::vec![field("item", InputKind::Choice(choices))].leak();
    let few = Some(("item", "must have 2 to 256 choices"));
    check(choice(0), few);
    check(choice(1), few);
    check(choice(2), None);
    check(choice(256), None);
    check(choice(257), few);
    let count = |bits| std::vec![field("level", InputKind::Count(bits))].leak();
    check(count(0), Some(("level", "must have 1 to 32 bits")));
    check(count(33), Some(("level", "must have 1 to 32 bits")));
    check(count(32), None);
    check(&WIDE, Some(("c", "exceeds the limit of 64 bits")));
    check(WIDE.split_at(2).0, None);
    check(
        const { &[field("a", InputKind::Hold), field("a", InputKind::Axis)] },
        Some(("a", "has the same name as another one")),
    );
    check(
        const { &[field("view", InputKind::Hold)] },
        Some(("view", "has a name that the protocol reserves")),
    );
    let many: Vec<_> = (0..17)
        .map(|at| field(std::format!("f{at}").leak(), InputKind::Hold))
        .collect();
    check(many.leak(), Some(("f16", "exceeds the limit of 16")));
}

#[test]
fn the_width_of_a_choice_follows_from_its_greatest_number() {
    let bits = |choices| InputKind::Choice(choices).bits();
    assert_eq!([2, 3, 4, 5, 255, 256].map(bits), [1, 2, 2, 3, 8, 8]);
}

#[test]
#[should_panic(expected = "input field `item` must have 2 to 256 choices")]
fn an_invalid_schema_panics_with_the_mistake() {
    const KIND: InputKind = InputKind::Choice(1);
    let _ = InputSchema::new(
        std::vec![InputField {
            name: "item",
            kind: KIND
        }]
        .leak(),
    );
}
