//! Every registered game is deterministic and saved completely, for any actions of its players.

use game::testing::play_at_random;

const TICKS: u32 = 20_000;

macro_rules! check_all {
    ($($game:ty, $bot:ty;)*) => { $(check::<$game>();)* };
}

fn check<G: game::Game>() {
    let seed = 1;
    let play = || play_at_random::<G>(seed, TICKS, |_, step| step());
    assert_eq!(play(), play(), "{}, seed {seed}", G::NAME);
}

#[test]
fn every_game_is_deterministic_and_continues_after_a_restore() {
    registry::each_game!(check_all);
}
