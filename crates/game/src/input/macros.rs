//! The macro `input!`: a game's input from one list of fields.

/// Declares what a player holds in each tick, and implements [`InputFields`](crate::InputFields)
/// for it: the schema, and the conversions from and into [`Input`](crate::Input).
///
/// | kind | type | meaning | in a tick without an input | of an absent player |
/// |---|---|---|---|---|
/// | `button` | `bool` | pressed or not | false | false |
/// | `hold` | `bool` | pressed or not | repeated | false |
/// | `axis` | `i8` | -127 to 127 | repeated | 0 |
/// | `direction` | [`Direction`](crate::Direction) | two sides, -127 to 127 each | repeated | (0, 0) |
/// | `angle` | `u16` | 1024 to the turn | repeated | kept |
/// | `choice(n)` | `u8` | one of n, 2 to 256, counted from 0 | repeated | kept |
/// | `count(bits)` | `u32` | a number of 1 to 32 bits | repeated | 0 |
///
/// An input has at most 16 fields and 64 bits: a button and a hold have 1 bit, an axis 8, a
/// direction 16, an angle 10, and a choice as many as its greatest number. All fields are public.
/// The struct implements `Clone`, `Copy`, `Debug`, `Default`, `PartialEq` and `Eq`. A value that is
/// out of range becomes the nearest one within it when the struct becomes an `Input`.
///
/// ```
/// use game::{Direction, Input, InputFields as _};
///
/// game::input! {
///     /// What a player holds.
///     pub struct Controls {
///         direction: direction,
///         dash: button,
///         item: choice(4),
///     }
/// }
/// let held = Controls { direction: Direction::toward(1, 0), dash: true, item: 3 };
/// let input: Input = held.into();
/// assert_eq!(Controls::from(input), held);
/// let repeated = Controls::SCHEMA.held(input);
/// assert_eq!(Controls::from(repeated), Controls { dash: false, ..held });
/// let absent = Controls::SCHEMA.neutral(input);
/// assert_eq!(Controls::from(absent), Controls { item: 3, ..Controls::default() });
/// ```
///
/// A declaration that cannot be encoded is a compile error that names the field and the rule:
///
/// ```compile_fail,E0080
/// game::input! {
///     pub struct Few { item: choice(1) } // input field `item` must have 2 to 256 choices
/// }
/// ```
///
/// No choices:
///
/// ```compile_fail,E0080
/// game::input! {
///     pub struct None { item: choice(0) }
/// }
/// ```
///
/// A name that the message `input` has already:
///
/// ```compile_fail,E0080
/// game::input! {
///     pub struct Named { seen: button } // input field `seen` has a name that the protocol reserves
/// }
/// ```
///
/// 65 bits:
///
/// ```compile_fail,E0080
/// game::input! {
///     pub struct Wide { a: count(32), b: count(32), jump: button } // input field `jump` exceeds the limit of 64 bits
/// }
/// ```
///
/// 17 fields:
///
/// ```compile_fail,E0080
/// game::input! {
///     pub struct Many {
///         a: hold, b: hold, c: hold, d: hold, e: hold, f: hold, g: hold, h: hold, i: hold,
///         j: hold, k: hold, l: hold, m: hold, n: hold, o: hold, p: hold, q: hold,
///     }
/// }
/// ```
///
/// A name twice:
///
/// ```compile_fail,E0124
/// game::input! {
///     pub struct Twice { jump: button, jump: hold }
/// }
/// ```
///
/// An unknown kind:
///
/// ```compile_fail
/// game::input! {
///     pub struct Odd { jump: key } // `key` is not a kind of input
/// }
/// ```
#[macro_export]
macro_rules! input {
    (
        $(#[$meta:meta])*
        pub struct $Input:ident {
            $( $(#[$doc:meta])* $field:ident: $kind:ident $(($of:expr))? ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the name says what a small game's field is")]
        pub struct $Input {
            $( $(#[$doc])* pub $field: $crate::__input!(type $kind), )*
        }

        impl $crate::InputFields for $Input {
            const SCHEMA: &'static $crate::InputSchema = &$crate::InputSchema::new(&[
                $( $crate::InputField {
                    name: stringify!($field),
                    kind: $crate::__input!(kind $kind $(($of))?),
                } ),*
            ]);
        }

        impl From<$crate::Input> for $Input {
            fn from(input: $crate::Input) -> Self {
                #[allow(unused_mut, unused_variables, reason = "there may be no field")]
                let mut bits = $crate::__private::InputBits::of(input, <Self as $crate::InputFields>::SCHEMA);
                Self { $( $field: bits.take($crate::__input!(kind $kind $(($of))?)), )* }
            }
        }

        impl From<$Input> for $crate::Input {
            #[allow(unused_variables, reason = "there may be no field")]
            fn from(fields: $Input) -> Self {
                #[allow(unused_mut, reason = "there may be no field")]
                let mut bits = $crate::__private::InputBits::default();
                $( bits.put(fields.$field, $crate::__input!(kind $kind $(($of))?)); )*
                bits.input()
            }
        }

        const _: () = { let _ = <$Input as $crate::InputFields>::SCHEMA; };
    };
}

/// The type and the kind of one field of an input.
#[doc(hidden)]
#[macro_export]
macro_rules! __input {
    (type button) => { bool };
    (type hold) => { bool };
    (type axis) => { i8 };
    (type direction) => { $crate::Direction };
    (type angle) => { u16 };
    (type choice) => { u8 };
    (type count) => { u32 };
    (type $kind:ident) => { compile_error!(concat!(
        "`", stringify!($kind), "` is not a kind of input: use button, hold, axis, direction, angle, ",
        "choice(n) or count(bits)"
    )) };

    (kind button) => { $crate::InputKind::Button };
    (kind hold) => { $crate::InputKind::Hold };
    (kind axis) => { $crate::InputKind::Axis };
    (kind direction) => { $crate::InputKind::Direction };
    (kind angle) => { $crate::InputKind::Angle };
    (kind choice($choices:expr)) => { $crate::InputKind::Choice($choices) };
    (kind count($bits:expr)) => { $crate::InputKind::Count($bits) };
    (kind $($other:tt)*) => { compile_error!(concat!(
        "`", stringify!($($other)*), "` is not a kind of input: use button, hold, axis, direction, ",
        "angle, choice(n) or count(bits)"
    )) };
}
