//! The roster: its saved bytes, and its use by a game.

use game::testing::roster_at_random;
use game::{
    BadState, GAME_TEXT_BYTES_MAX, Member, Random, Reader, Roster, SEATS_MAX, Save, Seat, Seats,
};
use proptest::prelude::*;

fn seat(index: usize) -> Seat {
    Seat::new(index).expect("a seat")
}

fn member() -> impl Strategy<Value = Member> {
    let texts = ("[0-9a-f-]{0,36}", "\\PC{0,24}", any::<String>());
    let texts = texts.prop_filter("short", |texts| texts.2.len() <= GAME_TEXT_BYTES_MAX);
    (0..SEATS_MAX, texts, any::<Option<u8>>(), any::<bool>()).prop_map(
        |(index, (player_id, name, game), team, is_bot)| Member {
            seat: seat(index),
            player_id,
            name,
            team,
            is_bot,
            game,
        },
    )
}

fn saved(roster: &Roster) -> Vec<u8> {
    let mut bytes = Vec::new();
    roster.save(&mut bytes);
    bytes
}

fn restored(bytes: &[u8]) -> Result<Roster, BadState> {
    let mut bytes = Reader::new(bytes);
    let roster = Roster::restore(&mut bytes)?;
    bytes.end()?;
    Ok(roster)
}

proptest! {
    #[test]
    fn a_roster_survives_a_round_trip(members in prop::collection::vec(member(), 0..8)) {
        let roster: Roster = members.into_iter().collect();
        let bytes = saved(&roster);
        prop_assert_eq!(restored(&bytes), Ok(roster));
        for cut in 0..bytes.len() {
            prop_assert!(restored(&bytes[..cut]).is_err());
        }
    }

    #[test]
    fn other_bytes_are_an_error_or_the_bytes_of_a_roster(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(roster) = restored(&bytes) {
            prop_assert_eq!(saved(&roster), bytes);
        }
    }

    #[test]
    fn a_roster_is_in_the_order_of_seats_and_has_each_once(members in prop::collection::vec(member(), 0..24)) {
        let roster: Roster = members.clone().into_iter().collect();
        let seats: Vec<Seat> = roster.iter().map(|member| member.seat).collect();
        prop_assert!(seats.is_sorted());
        prop_assert_eq!(seats.len(), roster.seats().len());
        for seat in seats {
            let first = members.iter().find(|member| member.seat == seat);
            prop_assert_eq!(roster.get(seat), first);
        }
    }
}

#[test]
fn a_text_for_the_game_has_at_most_256_bytes() {
    let with = |length: usize| Roster::of(1).with_game(seat(0), &"x".repeat(length));
    assert!(restored(&saved(&with(256))).is_ok());
    let error = restored(&saved(&with(257))).expect_err("too long");
    assert_eq!(
        error,
        BadState("a text for the game has more than 256 bytes")
    );
}

#[test]
fn a_roster_has_a_text_for_each_seat() {
    let roster = Roster::of(3).with_game(seat(1), "gold");
    let games = [0, 1, 2, 3].map(|index| roster.game(seat(index)));
    assert_eq!(games, ["", "gold", "", ""]);
    assert_eq!(roster.seats(), Seats::first(3));
    assert_eq!(roster.get(seat(3)), None);
}

#[test]
fn a_random_roster_is_the_same_from_the_same_seed() {
    for seed in 0..50 {
        let roster = || roster_at_random(&mut Random::new(seed), 5);
        assert_eq!(roster(), roster());
        assert_eq!(restored(&saved(&roster())), Ok(roster()));
    }
}
