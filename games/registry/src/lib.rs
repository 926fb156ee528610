//! The one list of games. The relay, the bots and the browser's engine each derive their own table from it.
#![no_std]

/// Defines [`each_game`], [`chosen_game`] and [`NAMES`]. `$d` is a literal `$`, for the macro that this macro defines.
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

        /// `Some(Entry::of::<Game>())` of the game whose name is a `--cfg` of the calling crate; `None`
        /// without such a `--cfg`. Games that are not chosen are not compiled into the crate.
        #[macro_export]
        macro_rules! chosen_game {
            ($d entry:ident) => {
                'chosen: {
                    $(#[cfg($name)] break 'chosen Some($d entry::of::<$crate::$name::$game>());)*
                    #[allow(unreachable_code)]
                    None
                }
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
