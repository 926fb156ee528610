//! The one list of games. The relay, the bots and the browser's engine each make their own table of it.
#![no_std]

/// Defines [`each_game`] and [`NAMES`]. `$d` is a literal `$`, for the macro that this macro defines.
macro_rules! games {
    ($d:tt $($name:ident: $game:ident, $bot:ident;)*) => {
        $(#[doc(hidden)] pub use $name;)*

        /// The names of all games. The first one is the default.
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];

        /// Calls a macro with all games, as `game type, bot type;` for each.
        #[macro_export]
        macro_rules! each_game {
            ($d table:ident) => {
                $d table! { $($crate::$name::$game, $crate::$name::$bot;)* }
            };
        }
    };
}

// One line for each game: its crate, its `Game`, its `Bot`.
games! { $
    arena: Arena, ArenaBot;
    cards: Cards, CardsBot;
    swarm: Swarm, SwarmBot;
    tag: Tag, TagBot;
}
