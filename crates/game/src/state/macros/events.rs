//! The events of `state!`: their schema, and a function for each.

/// The declared events: their schema, and a function for each.
#[doc(hidden)]
#[macro_export]
macro_rules! __events {
    (schema $( $(#[$meta:meta])* $event:ident(
        $( $arg:ident: $kind:ident $(($($of:tt)*))? ),* $(,)?
    ) ),* $(,)?) => {
        &[$( $crate::EventKind {
            name: stringify!($event),
            args: &[$( $crate::Arg {
                name: stringify!($arg),
                kind: $crate::__arg!(describe $kind $(($($of)*))?),
            } ),*],
        } ),*]
    };

    (functions) => {};
    (functions $( $(#[$meta:meta])* $event:ident(
        $( $arg:ident: $kind:ident $(($($of:tt)*))? ),* $(,)?
    ) ),* $(,)?) => {
        /// The events, as functions: `step.events.push(events::name(…))`.
        pub mod events {
            #[allow(non_camel_case_types, reason = "named as declared")]
            enum Index { $($event),* }

            $(
                $(#[$meta])*
                #[allow(missing_docs, reason = "the name says what a small game's event is")]
                pub fn $event($( $arg: $crate::__arg!(type $kind) ),*) -> $crate::Event {
                    $crate::Event::new(Index::$event as u8, &[$( $crate::__arg!(number $arg $kind) ),*])
                }
            )*
        }
    };
}

/// One argument of an event, by its kind.
#[doc(hidden)]
#[macro_export]
macro_rules! __arg {
    (type seat) => {
        $crate::Seat
    };
    (type entity) => {
        u64
    };
    (type length) => {
        i32
    };
    (type velocity) => {
        i32
    };
    (type angle) => {
        u16
    };
    (type flag) => {
        bool
    };
    (type count) => {
        u32
    };
    (type $kind:ident) => {
        compile_error!(concat!(
            "`",
            stringify!($kind),
            "` is not a kind of argument: use seat, entity, length(per_px), velocity(per_px), angle, flag or count"
        ))
    };

    (number $arg:ident seat) => {
        $arg.index() as i64
    };
    (number $arg:ident entity) => {
        $arg as i64
    };
    (number $arg:ident $kind:ident) => {
        i64::from($arg)
    };

    (describe seat) => {
        $crate::ArgKind::Seat
    };
    (describe entity) => {
        $crate::ArgKind::Entity
    };
    (describe length($per_px:expr)) => {
        $crate::ArgKind::Value($crate::Kind::Linear { per_px: $per_px })
    };
    (describe velocity($per_px:expr)) => {
        $crate::ArgKind::Value($crate::Kind::Velocity { per_px: $per_px })
    };
    (describe angle) => {
        $crate::ArgKind::Value($crate::Kind::Angle)
    };
    (describe flag) => {
        $crate::ArgKind::Value($crate::Kind::Flag)
    };
    (describe $($kind:tt)*) => {
        $crate::ArgKind::Value($crate::Kind::Count)
    };
}
