//! Checks of a game, for its own tests.

mod around;
mod prediction;
mod random;

use alloc::format;
use alloc::vec::Vec;

use crate::command;
use crate::{Bot, Game, Mode, Random, Seat, SeatInputs, Settings, Sim, Subject, View, slots};

pub use prediction::{Predictions, predict};
pub use random::{play_at_random, roster_at_random};

/// The time limit of a match of bots: an hour.
const SECONDS_MAX: u32 = 3600;

/// Plays a match of bots with the default settings and a random roster, and returns it at its end. A bot gets only the
/// private fields of its own seat. After each tick this checks that
///
/// - the view of the match fits its schema,
/// - the saved match can be restored, and its bytes are then the same,
/// - the restored match has the same state after the next tick, as on another server,
/// - a client that loads the view of the match has the same view,
/// - an entity of a kind that does not change has the fields of its birth,
/// - a refused command of a bot changes nothing,
/// - in a game of [`Rate::OnCommand`](crate::Rate::OnCommand), a step without a command changes
///   nothing unless a timer ends.
///
/// # Panics
/// When one of these checks fails, or the match is not over after an hour.
pub fn play<G: Game, B: Bot>(seed: u64, players: usize) -> Sim<G> {
    let settings = Settings::defaults(G::SETTINGS);
    let roster = roster_at_random(&mut Random::new(seed), players);
    let mut sim = Sim::<G>::new(seed, &settings, &roster);
    let mut bots: Vec<B> = (0..players as u64).map(|bot| B::new(seed + bot)).collect();
    let (mut view, mut events) = (View::default(), Vec::new());
    while sim.outcome().is_none() {
        let is_in_time = sim.tick() < SECONDS_MAX * G::RATE.ticks_per_second();
        assert!(is_in_time, "{} does not end", G::NAME);
        sim.read(&mut view);
        let mut restored = check_saved(&sim);
        let mut inputs = SeatInputs::neutral(slots(&G::SEATS));
        let mut has_command = false;
        for (seat, bot) in Seat::all().zip(&mut bots) {
            let mut view = view.clone();
            sim.hide(&mut view, Some(seat));
            inputs[seat.index()].input = bot.decide(&view, seat);
            if let Some(command) = bot.command(&view, seat) {
                check_command(&mut sim, seat, &command);
                let _ = restored.command(seat, &command);
                has_command = true;
            }
        }
        if G::RATE.is_on_command() && !has_command && sim.due_in() != Some(1) {
            check_idle(&sim, &inputs);
        }
        sim.step(&inputs, Mode::Authority, &mut events);
        restored.step(&inputs, Mode::Authority, &mut events);
        assert_same(&sim, &restored, "a restored match continues differently");
        check_client(&sim);
        check_sees(&sim);
        check_entities(&sim, &view);
        events.clear();
    }
    sim
}

fn check_saved<G: Game>(sim: &Sim<G>) -> Sim<G> {
    let mut bytes = Vec::new();
    sim.save(&mut bytes);
    let restored = Sim::restore(&bytes)
        .unwrap_or_else(|error| panic!("{} at tick {}: {error}", G::NAME, sim.tick()));
    assert_same(sim, &restored, "a restored match is saved differently");
    restored
}

/// In a room, such a tick has no step: only its timers count down.
fn check_idle<G: Game>(sim: &Sim<G>, inputs: &SeatInputs) {
    let (mut stepped, mut passed) = (sim.clone(), sim.clone());
    stepped.step(inputs, Mode::Authority, &mut Vec::new());
    passed.pass(1);
    let otherwise = "a step without a command changes the match, and no timer ends";
    assert_same(&passed, &stepped, otherwise);
}

fn check_command<G: Game>(sim: &mut Sim<G>, seat: Seat, command: &command::Command) {
    let (name, tick) = (G::NAME, sim.tick());
    let Some(kind) = G::COMMANDS.get(usize::from(command.kind)) else {
        panic!("{name} at tick {tick}: a bot sends {command:?}, which the game does not declare");
    };
    let before = sim.clone();
    if let Err(refusal) = sim.command(seat, command) {
        let otherwise = format!("`{}` is {refusal}, and changes the match", kind.name);
        assert_same(&before, sim, &otherwise);
    }
}

fn check_client<G: Game>(sim: &Sim<G>) {
    let (mut shown, mut again) = (View::default(), View::default());
    sim.read(&mut shown);
    let mut client = sim.clone();
    client
        .load(&shown)
        .unwrap_or_else(|error| panic!("{} at tick {}: {error}", G::NAME, sim.tick()));
    client.read(&mut again);
    assert_eq!(
        shown,
        again,
        "{} at tick {}: a client that loads a view shows another one",
        G::NAME,
        sim.tick()
    );
}

fn check_entities<G: Game>(sim: &Sim<G>, before: &View) {
    let mut view = View::default();
    sim.read(&mut view);
    for (at, kind) in G::SCHEMA.entities.iter().enumerate() {
        let (before, now) = (before.entities.of_kind(at), view.entities.of_kind(at));
        for (birth, values) in now.iter().filter(|_| !kind.changes) {
            let known = before.position(birth, 0).map(|at| before.values(at));
            assert!(
                known.is_none_or(|known| known == values),
                "{} at tick {}: one of `{}` has changed, and this kind does not change",
                G::NAME,
                sim.tick(),
                kind.name
            );
        }
    }
}

/// A game that hides something must set `HIDES`: otherwise all players get it.
fn check_sees<G: Game>(sim: &Sim<G>) {
    if G::HIDES {
        return;
    }
    let mut view = View::default();
    sim.read(&mut view);
    for viewer in view.seats().iter() {
        let sees = |subject| sim.game().sees(viewer, subject);
        let sees_all = view.seats().iter().all(|seat| sees(Subject::Seat(seat)))
            && view
                .entities
                .iter()
                .all(|entity| sees(Subject::Entity(entity)));
        let (name, tick) = (G::NAME, sim.tick());
        assert!(
            sees_all,
            "{name} at tick {tick}: `sees` hides something, so the game needs `const HIDES: bool = true`"
        );
    }
}

fn assert_same<G: Game>(sim: &Sim<G>, other: &Sim<G>, otherwise: &str) {
    let (name, tick) = (G::NAME, sim.tick());
    let (mut bytes, mut others) = (Vec::new(), Vec::new());
    sim.save(&mut bytes);
    other.save(&mut others);
    assert!(bytes == others, "{name} at tick {tick}: {otherwise}");
}
