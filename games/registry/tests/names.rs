//! The names of the registered games.

use game::Game;

macro_rules! names {
    ($($game:ty, $bot:ty;)*) => { [$(<$game as Game>::NAME),*] };
}

#[test]
fn every_game_has_the_name_of_its_crate() {
    assert_eq!(registry::each_game!(names), registry::NAMES);
}
