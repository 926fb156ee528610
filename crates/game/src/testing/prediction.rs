//! Prediction against authority: how well a client predicts its own player, compared with what the
//! server decides.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::roster_at_random;
use crate::{
    Bot, Field, Game, Kind, Mode, Random, Seat, SeatInput, SeatInputs, Settings, Sim, View, slots,
};

/// A match that does not end is compared for this time.
const SECONDS_MAX: u32 = 60;

/// How well predictions agreed with the server.
#[derive(Clone, Debug, Default)]
pub struct Predictions {
    /// How many were compared.
    pub compared: u32,
    /// In this number of them, a length, a velocity, an angle or a timer of the own player differed.
    pub wrong: u32,
    /// How far the wrong ones put the player from where the server did, on average, px.
    pub px_mean: f32,
    /// The farthest, px.
    pub px_max: f32,
    /// The first wrong one, in words.
    pub first: Option<String>,
}

impl Predictions {
    /// # Panics
    /// When a prediction was wrong, or none was made. The message names the first one.
    #[track_caller]
    pub fn assert_exact(&self) {
        assert!(self.compared > 0, "nothing was predicted");
        if let Some(first) = &self.first {
            panic!("{} of {} are wrong: {first}", self.wrong, self.compared);
        }
    }

    /// The wrong ones of a hundred.
    pub fn wrong_percent(&self) -> f32 {
        100.0 * self.wrong as f32 / self.compared.max(1) as f32
    }
}

/// Plays a match of bots with the default settings, up to a minute of it. In each tick and for each
/// player, it predicts as a client does which has that tick's snapshot and whose own inputs arrive
/// in time: `ticks` ticks with the player's inputs and nobody else's. Then it compares the player
/// with what the server has.
///
/// A player who is alone is predicted exactly, unless the server decides something that a client
/// cannot know. With several players the result says how much they interfere. Predictions over a
/// death or a new life do not count.
///
/// # Panics
/// When the game is one of [`Rate::OnCommand`](crate::Rate::OnCommand), which predicts nothing.
pub fn predict<G: Game, B: Bot>(seed: u64, players: usize, ticks: u32) -> Predictions {
    assert!(!G::RATE.is_on_command(), "{} predicts nothing", G::NAME);
    let settings = Settings::defaults(G::SETTINGS);
    let roster = roster_at_random(&mut Random::new(seed), players);
    let mut sim = Sim::<G>::new(seed, &settings, &roster);
    let client = Sim::<G>::new(0, &settings, &roster.seats().into());
    let mut bots: Vec<B> = (0..players as u64).map(|bot| B::new(seed + bot)).collect();
    // The states before the last ticks, each with the inputs of its tick.
    let mut past: VecDeque<(Sim<G>, SeatInputs)> = VecDeque::new();
    let mut result = Predictions::default();
    while sim.outcome().is_none() && sim.tick() < SECONDS_MAX * G::RATE.ticks_per_second() {
        let inputs = decide(&sim, &mut bots);
        past.push_back((sim.clone(), inputs.clone()));
        sim.step(&inputs, Mode::Authority, &mut Vec::new());
        if past.len() < ticks as usize {
            continue;
        }
        for seat in roster.seats().iter() {
            compare(&sim, &client, seat, &past, &mut result);
        }
        past.pop_front();
    }
    result.px_mean /= result.wrong.max(1) as f32;
    result
}

fn decide<G: Game, B: Bot>(sim: &Sim<G>, bots: &mut [B]) -> SeatInputs {
    let mut inputs = SeatInputs::neutral(slots(&G::SEATS));
    for (seat, bot) in Seat::all().zip(bots) {
        inputs[seat.index()].input = bot.decide(&shown(sim, seat), seat);
    }
    inputs
}

/// What this player sees.
fn shown<G: Game>(sim: &Sim<G>, seat: Seat) -> View {
    let mut view = View::default();
    sim.read(&mut view);
    sim.hide(&mut view, Some(seat));
    view
}

fn compare<G: Game>(
    sim: &Sim<G>,
    client: &Sim<G>,
    own: Seat,
    past: &VecDeque<(Sim<G>, SeatInputs)>,
    result: &mut Predictions,
) {
    let life = |sim: &Sim<G>| {
        let life = sim.game().pose(own).map(|pose| pose.life);
        (sim.game().is_alive(own), life)
    };
    if past.iter().any(|(before, _)| life(before) != life(sim)) {
        return;
    }
    let Some((start, _)) = past.front() else {
        return;
    };
    let mut predicted = client.clone();
    if let Err(error) = predicted.load(&shown(start, own)) {
        panic!("{} at tick {}: {error}", G::NAME, start.tick());
    }
    for (_, inputs) in past {
        let mut only = SeatInputs::neutral(slots(&G::SEATS));
        only[own.index()] = SeatInput {
            view_delay: 0,
            ..inputs[own.index()]
        };
        predicted.step(&only, Mode::Predict(own), &mut Vec::new());
    }
    let (decided, predicted) = (shown(sim, own), shown(&predicted, own));
    let both = decided.seat(own).zip(predicted.seat(own));
    let Some((decided, predicted)) = both else {
        return;
    };
    result.compared += 1;
    let Some(first) = difference(G::SCHEMA.seat, decided, predicted) else {
        return;
    };
    let px = distance_px(G::SCHEMA.seat, decided, predicted);
    result.wrong += 1;
    result.px_mean += px;
    result.px_max = result.px_max.max(px);
    let (name, tick, seat) = (G::NAME, sim.tick(), own.index());
    let first = || format!("{name} at tick {tick}, seat {seat}: {first}");
    result.first.get_or_insert_with(first);
}

/// The first field that a client corrects.
fn difference(fields: &[Field], decided: &[u32], predicted: &[u32]) -> Option<String> {
    let mut all = fields.iter().zip(decided.iter().zip(predicted));
    let (field, (&decided, &predicted)) = all.find(|(field, (decided, predicted))| {
        let is_corrected = !matches!(field.kind, Kind::Flag | Kind::Count);
        is_corrected && decided != predicted
    })?;
    let (name, decided) = (field.name, field.number(decided));
    let predicted = field.number(predicted);
    Some(format!(
        "`{name}` is {decided}, and {predicted} was predicted"
    ))
}

fn distance_px(fields: &[Field], decided: &[u32], predicted: &[u32]) -> f32 {
    let mut square = 0;
    for (field, (&decided, &predicted)) in fields.iter().zip(decided.iter().zip(predicted)) {
        if let Kind::Linear { per_px } = field.kind {
            let way = u64::from(decided.abs_diff(predicted)) * 16 / u64::from(per_px.max(1));
            square += way * way;
        }
    }
    // `core` has no square root of a float.
    square.isqrt() as f32 / 16.0
}
