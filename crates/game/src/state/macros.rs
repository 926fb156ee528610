//! The macro `state!`: a game's state from one list of fields.

mod events;
mod field;

/// Declares the state of a match, and implements [`State`](crate::State) for it: the schema,
/// `read`, `load`, `save` and `restore`.
///
/// The first struct is the match, the second one a player. Match fields can be visible to clients
/// too, such as a round or a radius. A visible field has one of these kinds:
///
/// | kind | type | meaning |
/// |---|---|---|
/// | `length(bits, per_px)` | `i32` | a length, in parts of a pixel; interpolates |
/// | `velocity(bits, per_px)` | `i32` | a signed length of movement per tick |
/// | `angle` | `u16` | 1024 to the turn; interpolates the short way |
/// | `flag` | `bool` | |
/// | `count(bits)` | `u32` | a number |
/// | `timer(bits)` | `u32` | ticks that count down to 0, one per tick |
///
/// `private(kind)` is a field of a player that only this player gets, such as a hand of cards;
/// other clients get 0. `hidden(Type)` is saved, but not sent to clients; the type must
/// implement [`Save`](crate::Save). `seats(Player)` has the type [`Players`](crate::Players). With
/// `seats(Player, start)`, a player who joins later is what `start(member)` returns, otherwise the
/// default.
///
/// Entities are more structs, after the player, and match fields. The
/// entities of `entities(Ball)` change, and clients interpolate them by the kinds of their fields.
/// Those of `shots(Shot)` do not change: they are sent once, and [`Evaluated`](crate::Evaluated) computes
/// their later fields. Both have the type [`Entities`](crate::Entities).
///
/// `events` makes a function for each event, in a module `events`. An argument has one of the kinds
/// `seat`, `entity`, `length(per_px)`, `velocity(per_px)`, `angle`, `flag` and `count`.
///
/// A player's flag with the name `away` is set while the connection is lost; pages show it as
/// `online`. The flag `out` is set when the player gives up the seat
/// ([`Game::leave`](crate::Game::leave)).
///
/// All fields are public. The structs implement `Clone`, `Debug`, `PartialEq` and `Eq`; the player
/// and the entities also `Default`.
///
/// ```
/// game::state! {
///     /// A match of hide and seek.
///     pub struct Hide {
///         random: hidden(game::Random),
///         round: count(4),
///         players: seats(Player),
///     }
///
///     /// A player.
///     pub struct Player {
///         x: length(14, 16), // up to 1024 px, in 1/16 px
///         y: length(14, 16),
///         found: flag,
///     }
///
///     events {
///         /// A player found another one.
///         found(player_id: seat, by: seat),
///     }
/// }
/// let player = Player { x: 100 * 16, ..Player::default() };
/// # let seat = game::Seat::new(0).unwrap();
/// let event = events::found(seat, seat);
/// # assert_eq!((player.x, event.kind), (1600, 0));
/// ```
///
/// A declaration that cannot be encoded is a compile error that names the field and the rule:
///
/// ```compile_fail,E0080
/// game::state! {
///     pub struct Wide { players: seats(Player) }
///     pub struct Player { hp: count(33) } // seat field `hp` must have 1 to 32 bits
/// }
/// ```
///
/// So is a type that differs between machines:
///
/// ```compile_fail,E0277
/// game::state! {
///     pub struct Slow { speed: hidden(f32), players: seats(Player) } // `f32` cannot be part of a game's state
///     pub struct Player { hp: count(3) }
/// }
/// ```
///
/// A private field of the match, which belongs to no player:
///
/// ```compile_fail,E0080
/// game::state! {
///     pub struct Secret { round: private(count(3)), players: seats(Player) }
///     pub struct Player { hp: count(3) }
/// }
/// ```
///
/// An entity that moves by a rule, without the rule:
///
/// ```compile_fail,E0277
/// game::state! {
///     pub struct Guns { shots: shots(Shot), players: seats(Player) } // `shots(Shot)` needs `impl game::Evaluated for Shot`
///     pub struct Player { hp: count(3) }
///     pub struct Shot { x: length(14, 16) }
/// }
/// ```
///
/// A field of an entity that is too wide:
///
/// ```compile_fail,E0080
/// game::state! {
///     pub struct Balls { balls: entities(Ball), players: seats(Player) }
///     pub struct Player { hp: count(3) }
///     pub struct Ball { x: length(33, 16) } // entity field `x` must have 1 to 32 bits
/// }
/// ```
///
/// An undeclared event:
///
/// ```compile_fail,E0425
/// game::state! {
///     pub struct Quiet { players: seats(Player) }
///     pub struct Player { hp: count(3) }
///     events { hit(player_id: seat) }
/// }
/// # fn main() {
/// events::hurt(game::Seat::new(0).unwrap()); // cannot find function `hurt` in module `events`
/// # }
/// ```
#[macro_export]
macro_rules! state {
    (
        $(#[$match_meta:meta])*
        pub struct $Match:ident {
            $( $(#[$match_doc:meta])* $match_field:ident: $match_kind:ident $(($($match_of:tt)*))? ),* $(,)?
        }

        $(#[$seat_meta:meta])*
        pub struct $Player:ident { $($seat:tt)* }

        $(
            $(#[$entity_meta:meta])*
            pub struct $Entity:ident { $($entity:tt)* }
        )*

        $( events { $($events:tt)* } )?
    ) => {
        $crate::__struct! {
            $(#[$match_meta])*
            pub struct $Match {
                $( $(#[$match_doc])* $match_field: $match_kind $(($($match_of)*))? ),*
            }
        }

        $crate::__struct! {
            #[derive(Default)]
            $(#[$seat_meta])*
            pub struct $Player { $($seat)* }
        }

        $(
            $crate::__struct! {
                #[derive(Default)]
                $(#[$entity_meta])*
                pub struct $Entity { $($entity)* }
            }

            const _: () = assert!(
                <$Entity as $crate::Fields>::PRIVATE == 0,
                concat!("a field of `", stringify!($Entity), "` is seen by all players, so it cannot be private"),
            );
        )*

        $( $crate::__field!(entity $Match, $match_field $match_kind $(($($match_of)*))?); )*

        impl $crate::State for $Match {
            const SCHEMA: &'static $crate::Schema = &$crate::Schema {
                match_fields: <$Match as $crate::Fields>::FIELDS,
                seat: <$Player as $crate::Fields>::FIELDS,
                private: <$Player as $crate::Fields>::PRIVATE,
                entities: {
                    const ALL: &[Option<$crate::EntityKind>] =
                        &[$( $crate::__field!(entity_kind $match_field $match_kind $(($($match_of)*))?) ),*];
                    const KINDS: [$crate::EntityKind; $crate::__private::kinds_len(ALL)] =
                        $crate::__private::kinds(ALL);
                    &KINDS
                },
                events: $crate::__events!(schema $($($events)*)?),
            };

            fn read(&self, view: &mut $crate::View) {
                view.show_match(self);
                $( $crate::__field!(read self.$match_field, view, $match_kind $(($($match_of)*))?); )*
            }

            fn load(&mut self, view: &$crate::View) -> Result<(), $crate::BadState> {
                $crate::Fields::set_values(self, &view.match_values);
                $( $crate::__field!(load self.$match_field, view, $match_kind $(($($match_of)*))?); )*
                Ok(())
            }

            fn pass(&mut self, ticks: u32) {
                $crate::Fields::pass(self, ticks);
            }

            fn due_in(&self) -> Option<u32> {
                match $crate::Fields::due_before(self, u32::MAX) {
                    u32::MAX => None,
                    ticks => Some(ticks),
                }
            }

            #[allow(unused_variables, reason = "there may be no entities")]
            fn evaluate(entity: &$crate::Entity<'_>, tick: u32) -> $crate::Values {
                $( $crate::__field!(evaluate entity, tick, $match_kind $(($($match_of)*))?); )*
                entity.fields()
            }

            fn show_away(&mut self, seat: $crate::Seat, away: bool) {
                $( $crate::__field!(show_away self.$match_field, seat, away, $match_kind $(($($match_of)*))?); )*
            }

            fn show_join(&mut self, member: &$crate::Member) {
                $( $crate::__field!(show_join self.$match_field, member, $match_kind $(($($match_of)*))?); )*
            }

            fn show_out(&mut self, seat: $crate::Seat) {
                $( $crate::__field!(show_out self.$match_field, seat, $match_kind $(($($match_of)*))?); )*
            }

            #[allow(unused_variables, reason = "there may be no players")]
            fn is_in(&self, seat: $crate::Seat) -> bool {
                $( $crate::__field!(is_in self.$match_field, seat, $match_kind $(($($match_of)*))?); )*
                true
            }

            fn save(&self, out: &mut $crate::__private::Vec<u8>) {
                $crate::Fields::save(self, out);
            }

            fn restore(bytes: &mut $crate::Reader<'_>) -> Result<Self, $crate::BadState> {
                <Self as $crate::Fields>::restore(bytes)
            }
        }

        const _: () = <$Match as $crate::State>::SCHEMA.assert();
        const _: () = assert!(
            <$Match as $crate::Fields>::PRIVATE == 0,
            "a field of the match belongs to no player, so it cannot be private",
        );

        $crate::__events!(functions $($($events)*)?);
    };
}

/// One struct of declared fields.
#[doc(hidden)]
#[macro_export]
macro_rules! __struct {
    (
        $(#[$meta:meta])*
        pub struct $Struct:ident {
            $( $(#[$doc:meta])* $field:ident: $kind:ident $(($($of:tt)*))? ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the name says what a small game's field is")]
        pub struct $Struct {
            $( $(#[$doc])* pub $field: $crate::__field!(type $kind $(($($of)*))?), )*
        }

        impl $crate::Fields for $Struct {
            const FIELDS: &'static [$crate::Field] = {
                const ALL: &[Option<$crate::Field>] =
                    &[$( $crate::__field!(describe $field $kind $(($($of)*))?) ),*];
                const SHOWN: [$crate::Field; $crate::__private::shown_len(ALL)] =
                    $crate::__private::shown(ALL);
                &SHOWN
            };

            const PRIVATE: u32 = $crate::__private::private(
                &[$( $crate::__field!(describe $field $kind $(($($of)*))?) ),*],
                &[$( $crate::__field!(is_private $kind) ),*],
            );

            fn put_values(&self, values: &mut [u32]) {
                #[allow(unused_mut, unused_variables, reason = "every field may be hidden")]
                let mut numbers = $crate::__private::NumbersMut::of(values);
                $( $crate::__field!(push numbers, self.$field, $kind $(($($of)*))?); )*
            }

            fn set_values(&mut self, values: &[u32]) {
                #[allow(unused_mut, unused_variables, reason = "every field may be hidden")]
                let mut numbers = $crate::__private::Numbers::of(values);
                $( $crate::__field!(next numbers, self.$field, $kind $(($($of)*))?); )*
            }

            #[allow(unused_variables, reason = "there may be no timer")]
            fn pass(&mut self, ticks: u32) {
                $( $crate::__field!(pass ticks, self.$field, $kind $(($($of)*))?); )*
            }

            fn due_before(&self, before: u32) -> u32 {
                $( let before = $crate::__field!(due before, self.$field, $kind $(($($of)*))?); )*
                before
            }

            #[allow(unused_variables, reason = "there may be no such field")]
            fn set_away(&mut self, away: bool) {
                $( $crate::__field!(set_away away, self.$field, $field $kind); )*
            }

            fn set_out(&mut self) {
                $( $crate::__field!(set_out self.$field, $field $kind); )*
            }

            fn is_out(&self) -> bool {
                $( $crate::__field!(is_out self.$field, $field $kind); )*
                false
            }

            fn save(&self, out: &mut $crate::__private::Vec<u8>) {
                $( $crate::__field!(save out, self.$field, $kind $(($($of)*))?); )*
            }

            fn restore(bytes: &mut $crate::Reader<'_>) -> Result<Self, $crate::BadState> {
                Ok(Self {
                    $( $field: $crate::__field!(restore bytes, $field $kind $(($($of)*))?), )*
                })
            }
        }
    };
}
