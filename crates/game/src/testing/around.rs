//! Wrappers of a game that change one of its rules, for tests and benches.

/// In `impl Game for …`: the functions that delegate to the inner game in this field, except `new` and
/// `step`.
#[macro_export]
macro_rules! inner_game {
    ($field:tt) => {
        fn join(&mut self, member: &$crate::Member) {
            self.$field.join(member);
        }

        fn leave(&mut self, seat: $crate::Seat) {
            self.$field.leave(seat);
        }

        fn set_away(&mut self, seat: $crate::Seat, away: bool) {
            self.$field.set_away(seat, away);
        }

        fn outcome(&self) -> Option<$crate::Ranking> {
            self.$field.outcome()
        }

        fn is_alive(&self, seat: $crate::Seat) -> bool {
            self.$field.is_alive(seat)
        }

        fn pose(&self, seat: $crate::Seat) -> Option<$crate::Pose> {
            self.$field.pose(seat)
        }
    };
}

/// The complete [`State`](crate::State) of a game with the inner game in a field. The game must be
/// `From<$Inner>`; its other fields are not saved.
#[macro_export]
macro_rules! inner_state {
    ($Game:ty, $field:tt: $Inner:ty) => {
        impl $crate::State for $Game {
            const SCHEMA: &'static $crate::Schema = <$Inner as $crate::State>::SCHEMA;

            fn read(&self, view: &mut $crate::View) {
                self.$field.read(view);
            }

            fn load(&mut self, view: &$crate::View) -> Result<(), $crate::BadState> {
                self.$field.load(view)
            }

            fn evaluate(entity: &$crate::Entity<'_>, tick: u32) -> $crate::Values {
                <$Inner as $crate::State>::evaluate(entity, tick)
            }

            fn save(&self, out: &mut $crate::__private::Vec<u8>) {
                self.$field.save(out);
            }

            fn restore(bytes: &mut $crate::Reader<'_>) -> Result<Self, $crate::BadState> {
                <$Inner as $crate::State>::restore(bytes).map(Self::from)
            }
        }
    };
}
