//! Prediction compared with the authority: how exactly a client predicts its own player.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::roster_at_random;
use crate::{
    Bot, Field, Game, Kind, Mode, Random, Seat, SeatInput, SeatInputs, Settings, Sim, View, slots,
};

/// A longer match is compared for this time only.
const SECONDS_MAX: u32 = 60;

/// How well predictions agreed with the server.
#[derive(Clone, Debug, Default)]
pub struct Predictions {
    /// The number of compared predictions.
    pub compared: u32,
    /// The number of predictions in which a length, a velocity, an angle or a timer of the own player differed.
    pub wrong: u32,
    /// The mean distance of wrong predictions from the server's position, px.
    pub px_mean: f32,
    /// The greatest distance, px.
    pub px_max: f32,
    /// A description of the first wrong prediction.
    pub first: Option<String>,
}

impl Predictions {
    /// # Panics
    /// When a prediction was wrong, or there was none. The message names the first wrong one.
    #[track_caller]
    pub fn assert_exact(&self) {
        assert!(self.compared > 0, "nothing was predicted");
        if let Some(first) = &self.first {
            panic!("{} of {} are wrong: {first}", self.wrong, self.compared);
        }
    }

    /// The percentage of wrong predictions.
    pub fn wrong_percent(&self) -> f32 {
        100.0 * self.wrong as f32 / self.compared.max(1) as f32
    }
}

/// Plays a match of bots with the default settings, for up to a minute. In each tick and for each
/// player, it predicts like a client that has that tick's snapshot and whose own inputs arrive
/// in time: `ticks` ticks with only the player's own inputs. Then it compares the player
/// with the server's state.
///
/// A single player is predicted exactly, unless the server decides something that a client
/// cannot know. With several players the result shows how much they interfere. Predictions across a
/// death or a respawn do not count.
///
/// # Panics
/// When the game's rate is [`Rate::OnCommand`](crate::Rate::OnCommand), where nothing is predicted.
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

/// The view of this player.
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

/// The first difference that a client would correct.
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
    // `core` has no square root for floats.
    square.isqrt() as f32 / 16.0
}
