//! The determinism check of a game: a hash of many random ticks, on which all machines must agree.

use game::testing::roster_at_random;
use game::{Game, InputSchema, Mode, Random, SeatInput, SeatInputs, Settings, Sim, VIEW_DELAY_MAX};

/// Plays `ticks` ticks of matches with random rosters and inputs, and returns a hash over the states of all
/// ticks.
pub fn determinism_check<G: Game>(seed: u64, ticks: u32) -> u64 {
    let settings = Settings::defaults(G::SETTINGS);
    let mut random = Random::new(seed);
    let players = usize::from(*G::SEATS.end());
    let roster = roster_at_random(&mut random, players);
    let mut sim = Sim::<G>::new(seed, &settings, &roster);
    let mut inputs = SeatInputs::neutral(players);
    let (mut events, mut scratch) = (Vec::new(), Vec::new());
    let mut folded = seed;
    for _ in 0..ticks {
        if sim.outcome().is_some() {
            let roster = roster_at_random(&mut random, players);
            sim = Sim::new(random.bits().into(), &settings, &roster);
        }
        choose(G::INPUT, &mut random, &mut inputs);
        events.clear();
        sim.step(&inputs, Mode::Authority, &mut events);
        folded = folded.rotate_left(5) ^ sim.hash(&mut scratch).0;
    }
    folded
}

/// Changes the input of one random player, so that the others hold theirs for a while.
fn choose(schema: &InputSchema, random: &mut Random, inputs: &mut SeatInputs) {
    let seat = random.below(inputs.len() as u32) as usize;
    for seat_input in inputs.iter_mut() {
        seat_input.input = schema.held(seat_input.input);
    }
    inputs[seat] = SeatInput {
        input: schema.random(random),
        view_delay: random.below(VIEW_DELAY_MAX.into()) as u16,
    };
}
