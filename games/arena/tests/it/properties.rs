//! Properties of any match: determinism, saving and restoring, values that fit, no panics.

use arena::{Arena, ArenaBot};
use expect_test::expect;
use game::{
    EntityLists, Game, Mode, Pad, Random, Roster, Seat, SeatInput, SeatInputs, Settings, Sim,
    State, View, hash,
};
use proptest::prelude::*;

use crate::support::{seat, settings, view};

/// Random inputs with frequent shots, from one seed.
struct Play {
    random: Random,
    held: SeatInputs,
}

impl Play {
    fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            held: SeatInputs::default(),
        }
    }

    fn next(&mut self) -> SeatInputs {
        let random = &mut self.random;
        for seat_input in &mut self.held {
            if random.below(12) == 0 {
                let side = |random: &mut Random| random.below(3) as i8 - 1;
                let (dx, dy) = (side(random), side(random));
                let input = Pad {
                    dx,
                    dy,
                    aim: random.below(1024) as u16,
                    fire: random.below(3) > 0,
                };
                *seat_input = SeatInput {
                    input: input.into(),
                    view_delay: random.below(241) as u16,
                };
            }
        }
        self.held.clone()
    }

    fn run(&mut self, sim: &mut Sim<Arena>, ticks: u32) -> Vec<game::Event> {
        let mut events = Vec::new();
        for _ in 0..ticks {
            if self.random.below(200) == 0 {
                let seat = seat(self.random.below(5) as usize);
                sim.set_away(seat, self.random.below(2) == 0);
            }
            sim.step(&self.next(), Mode::Authority, &mut events);
        }
        events
    }
}

fn fresh(seed: u64, seats: usize) -> Sim<Arena> {
    Sim::new(seed, &settings(&[]), &Roster::of(seats))
}

fn saved(sim: &Sim<Arena>) -> Vec<u8> {
    let mut bytes = Vec::new();
    sim.save(&mut bytes);
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_same_inputs_lead_to_the_same_state(seed: u64, seats in 1..=5usize, ticks in 0..1500u32) {
        let (mut a, mut b) = (fresh(seed, seats), fresh(seed, seats));
        prop_assert_eq!(Play::new(seed).run(&mut a, ticks), Play::new(seed).run(&mut b, ticks));
        prop_assert_eq!(saved(&a), saved(&b));
        prop_assert_eq!(a.hash(&mut Vec::new()), a.clone().hash(&mut Vec::new()));
    }

    #[test]
    fn a_restored_match_continues_like_the_original(seed: u64, before in 0..900u32, after in 1..300u32) {
        let (mut sim, mut play) = (fresh(seed, 5), Play::new(seed));
        play.run(&mut sim, before);
        let bytes = saved(&sim);
        let mut restored = Sim::<Arena>::restore(&bytes).expect("what was saved restores");
        prop_assert_eq!(restored.game(), sim.game());
        prop_assert_eq!(&saved(&restored), &bytes);
        for _ in 0..after {
            let inputs = play.next();
            let (mut events, mut events_restored) = (Vec::new(), Vec::new());
            sim.step(&inputs, Mode::Authority, &mut events);
            restored.step(&inputs, Mode::Authority, &mut events_restored);
            prop_assert_eq!(events, events_restored);
            prop_assert_eq!(sim.hash(&mut Vec::new()), restored.hash(&mut Vec::new()));
        }
    }

    #[test]
    fn a_view_fits_the_schema_and_loads(seed: u64, ticks in 0..2000u32) {
        let mut sim = fresh(seed, 5);
        Play::new(seed).run(&mut sim, ticks);
        let shown = view(&sim);
        check_fits(&shown);
        let mut client = fresh(0, 5);
        client.load(&shown).expect("a view loads");
        prop_assert_eq!(view(&client), shown);
    }

    #[test]
    fn a_prediction_is_exact_if_no_player_interferes(seed: u64, before in 0..600u32) {
        let (mut sim, mut play) = (fresh(seed, 2), Play::new(seed));
        play.run(&mut sim, before);
        let mut client = fresh(0, 2);
        client.load(&view(&sim)).expect("a view loads");
        for _ in 0..60 {
            let inputs = play.next();
            let mut events = Vec::new();
            sim.step(&inputs, Mode::Authority, &mut events);
            client.step(&inputs, Mode::Predict(seat(0)), &mut Vec::new());
            if !events.is_empty() { break; }
            let (shown, predicted) = (view(&sim), view(&client));
            prop_assert_eq!(shown.seat(seat(0)), predicted.seat(seat(0)));
            let own = |shown: View| shown.entities.iter().filter(|shot| shot.birth.owner == Some(seat(0))).collect::<EntityLists>();
            prop_assert_eq!(own(view(&sim)), own(view(&client)));
        }
    }

    #[test]
    fn no_bytes_panic(bytes: Vec<u8>) {
        let _ = Sim::<Arena>::restore(&bytes);
    }

    #[test]
    fn no_changed_state_panics(seed: u64, ticks in 0..300u32, changes: Vec<(prop::sample::Index, u8)>) {
        let mut sim = fresh(seed, 5);
        let mut play = Play::new(seed);
        play.run(&mut sim, ticks);
        let mut bytes = saved(&sim);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(mut sim) = Sim::<Arena>::restore(&bytes) {
            play.run(&mut sim, 130);
            check_fits(&view(&sim));
        }
    }

    #[test]
    fn no_view_panics(values: [[u32; 7]; 5], shots: Vec<(u8, u32, [u32; 3])>) {
        let mut shown = View::default();
        for (seat, fields) in Seat::all().zip(values) {
            shown.show(seat, &fields.map(|value| value % (1 << 14)));
        }
        for (index, tick, fields) in shots {
            let seat = seat(usize::from(index) % 5);
            shown.entities.push(game::Entity::new(index / 128, seat, tick, &fields[..usize::from(index % 4)]));
        }
        for shot in shown.entities.iter() {
            let _ = Arena::evaluate(&shot, u32::MAX);
        }
        let mut client = fresh(0, 5);
        if client.load(&shown).is_ok() {
            Play::new(1).run(&mut client, 3);
        }
    }
}

fn check_fits(shown: &View) {
    for (_, values) in shown.seat_values() {
        for (field, value) in Arena::SCHEMA.seat.iter().zip(values) {
            assert!(*value <= field.max(), "{} is {value}", field.name);
        }
    }
    assert!(
        shown.entities.len() <= 9 * 5,
        "{} projectiles",
        shown.entities.len()
    );
    for shot in shown.entities.iter() {
        let now = Arena::evaluate(&shot, shown.tick);
        for (field, (value, now)) in Arena::SCHEMA.entities[0]
            .fields
            .iter()
            .zip(shot.values.iter().zip(now))
        {
            assert!(
                *value <= field.max() && now <= field.max(),
                "{} is {value}, now {now}",
                field.name
            );
        }
    }
}

#[test]
fn a_seat_has_52_bits() {
    assert_eq!(
        Arena::SCHEMA
            .seat
            .iter()
            .map(|field| u32::from(field.bits))
            .sum::<u32>(),
        52
    );
}

#[test]
fn the_schema_names_every_value_and_every_value_is_within_limits() {
    let check = |fields: &[game::Field]| {
        assert!(fields.len() <= game::FIELDS_MAX);
        assert!(
            fields
                .iter()
                .all(|field| (1..=32).contains(&field.bits) && !field.name.is_empty())
        );
    };
    check(Arena::SCHEMA.seat);
    Arena::SCHEMA
        .entities
        .iter()
        .for_each(|kind| check(kind.fields));
    assert!(Arena::SCHEMA.events.iter().all(|kind| kind.args.len() <= 6));
}

/// Every machine that plays this match must reach this state.
#[test]
fn a_known_match_has_a_known_hash() {
    let mut sim = fresh(42, 5);
    let mut play = Play::new(42);
    let mut hashes = Vec::new();
    for _ in 0..5 {
        let events = play.run(&mut sim, 200);
        hashes.push(format!(
            "{:016x} {} events",
            sim.hash(&mut Vec::new()).0,
            events.len()
        ));
    }
    expect![[r"
        052e43ad0bef4420 0 events
        27f092341f6ec27c 9 events
        5cd1dd4d92f48a86 3 events
        6d1c362c33ce1875 6 events
        3cf70fd99dca2718 0 events"]]
    .assert_eq(&hashes.join("\n"));
    assert_eq!(hash(&saved(&sim)), sim.hash(&mut Vec::new()));
    assert_eq!(
        Settings::defaults(Arena::SETTINGS),
        settings(&[("lives", 3), ("match_seconds", 180)])
    );
}

#[test]
fn a_prediction_is_right_for_any_inputs_of_others() {
    for players in [1, 5] {
        game::testing::predict::<Arena, ArenaBot>(3, players, 6).assert_exact();
    }
}
