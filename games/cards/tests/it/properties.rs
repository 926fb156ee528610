//! Properties of any match: no panics, no card is lost, refused commands change nothing, and a
//! restored match continues the same.

use cards::{COLORS, Cards, VALUES};
use game::prelude::*;
use game::{Reader, SeatInputs, Sim, State};
use proptest::prelude::*;

use crate::support::{seat, settings};

/// Random commands of all seats, from one seed.
struct Play(Random);

impl Play {
    /// Plays some ticks and checks the match after each of them.
    fn run(&mut self, sim: &mut Sim<Cards>, ticks: u32) {
        for _ in 0..ticks {
            for seat in Seat::all() {
                self.command(sim, seat);
            }
            let random = &mut self.0;
            let someone = seat(random.below(5) as usize);
            match random.below(2000) {
                0 => sim.leave(someone),
                1 => sim.join(&Member::new(someone)),
                2..10 => sim.set_away(someone, random.below(2) == 0),
                _ => {}
            }
            let inputs = SeatInputs::default();
            sim.step(&inputs, Mode::Authority, &mut Vec::new());
            check_cards(sim.game());
        }
    }

    /// Usually requests to play a card of the hand.
    fn command(&mut self, sim: &mut Sim<Cards>, seat: Seat) {
        let random = &mut self.0;
        let hand = sim.game().players.get(seat).map(cards::Player::hand);
        let held = hand.and_then(|mut hand| hand.nth(random.below(8) as usize));
        let command = match (random.below(40), held) {
            (0, _) => Command::new(1, &[]),
            (1, _) => Command::new(0, &[i64::from(random.bits()) << random.below(32)]),
            (2, _) => Command::new(0, &[i64::from(random.below(60)) - 5]),
            (3..20, Some(card)) => Command::new(0, &[card.into()]),
            _ => return,
        };
        let before = sim.clone();
        if sim.command(seat, &command).is_err() {
            assert_eq!(saved(sim), saved(&before), "{command:?}");
        }
    }
}

/// Checks that each card is in one place, and that each player's number of cards is that of the hand.
fn check_cards(cards: &Cards) {
    let mut all: Vec<u32> = cards
        .deck
        .iter()
        .chain(&cards.played)
        .map(|&card| card.into())
        .collect();
    all.push(cards.top);
    for (_, player) in cards.players.iter() {
        assert_eq!(player.hand().count(), player.cards as usize);
        all.extend(player.hand());
    }
    all.sort_unstable();
    assert!(all.into_iter().eq(1..=COLORS * VALUES), "{cards:?}");
}

fn saved(sim: &Sim<Cards>) -> Vec<u8> {
    let mut bytes = Vec::new();
    sim.save(&mut bytes);
    bytes
}

fn hash(sim: &Sim<Cards>) -> game::Hash {
    sim.hash(&mut Vec::new())
}

fn fresh(seed: u64, seats: usize, turn_seconds: i64) -> Sim<Cards> {
    Sim::new(seed, &settings(300, turn_seconds), &Roster::of(seats))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_card_is_lost_and_refused_commands_change_nothing(seed: u64, seats in 0..=4usize, turn in 2..20i64) {
        let mut sim = fresh(seed, seats, turn);
        check_cards(sim.game());
        Play(Random::new(seed)).run(&mut sim, 4000);
    }

    #[test]
    fn a_restored_match_continues_like_the_original(seed: u64, seats in 1..=4usize, ticks in 0..3000u32) {
        let mut sim = fresh(seed, seats, 2);
        Play(Random::new(seed)).run(&mut sim, ticks);
        let mut restored = Sim::restore(&saved(&sim)).expect("a saved match");
        for seed in 0..10 {
            prop_assert_eq!(hash(&sim), hash(&restored));
            Play(Random::new(seed)).run(&mut sim, 50);
            Play(Random::new(seed)).run(&mut restored, 50);
        }
        prop_assert_eq!(saved(&sim), saved(&restored));
    }

    #[test]
    fn invalid_saved_bytes_never_panic(seed: u64, at in 0..400usize, byte: u8) {
        let mut bytes = Vec::new();
        fresh(seed, 3, 2).game().save(&mut bytes);
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(mut cards) = Cards::restore(&mut Reader::new(&bytes)) {
            for seat in Seat::all() {
                let _ = cards.command(seat, &Command::new(1, &[]));
                let _ = cards.command(seat, &Command::new(0, &[byte.into()]));
            }
        }
    }
}
