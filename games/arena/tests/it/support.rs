//! Matches in a given state, and a description of their events.

use std::fmt::Write as _;

use arena::Arena;
use game::{
    Event, Game, Mode, Pad, Roster, Seat, SeatInput, SeatInputs, Settings, Sim, State, View,
};

/// The timer of a player without protection and cooldown.
pub(crate) const READY: u32 = 0;

/// A player with three lives who may shoot, at a position in px.
#[derive(Clone, Copy)]
pub(crate) struct At {
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) lives: u32,
    pub(crate) score: u32,
    pub(crate) timer: u32,
}

pub(crate) fn at(x: u32, y: u32) -> At {
    At {
        x,
        y,
        lives: 3,
        score: 0,
        timer: READY,
    }
}

pub(crate) fn settings(pairs: &[(&str, i64)]) -> Settings {
    Settings::parse(Arena::SETTINGS, pairs.iter().copied()).expect("valid settings")
}

/// A match of these players.
pub(crate) fn arena(players: &[At]) -> Sim<Arena> {
    let mut sim = Sim::new(1, &settings(&[]), &Roster::of(players.len()));
    let mut view = View::default();
    for (seat, player) in Seat::all().zip(players) {
        let At {
            x,
            y,
            lives,
            score,
            timer,
        } = *player;
        view.show(seat, &[x * 16, y * 16, 0, lives, score, timer, 0]);
    }
    sim.load(&view).expect("a state of the arena");
    sim
}

pub(crate) fn seat(index: usize) -> Seat {
    Seat::new(index).expect("a seat")
}

pub(crate) fn go(dx: i8, dy: i8) -> SeatInput {
    SeatInput {
        input: Pad {
            dx,
            dy,
            ..Pad::default()
        }
        .into(),
        view_delay: 0,
    }
}

pub(crate) fn shoot(aim: u16, view_delay: u16) -> SeatInput {
    SeatInput {
        input: Pad {
            aim,
            fire: true,
            ..Pad::default()
        }
        .into(),
        view_delay,
    }
}

/// These inputs, and neutral ones for the other seats.
pub(crate) fn inputs(given: &[SeatInput]) -> SeatInputs {
    let mut inputs = SeatInputs::default();
    inputs[..given.len()].copy_from_slice(given);
    inputs
}

pub(crate) fn step(sim: &mut Sim<Arena>, given: &[SeatInput]) -> Vec<Event> {
    let mut events = Vec::new();
    sim.step(&inputs(given), Mode::Authority, &mut events);
    events
}

/// Runs the same inputs for `ticks` ticks; returns the events, one line each with its tick.
pub(crate) fn run(sim: &mut Sim<Arena>, ticks: u32, given: &[SeatInput]) -> String {
    let mut text = String::new();
    for _ in 0..ticks {
        for event in step(sim, given) {
            let kind = Arena::SCHEMA.events[usize::from(event.kind)];
            let args: Vec<_> = kind
                .args
                .iter()
                .zip(event.args)
                .map(|(arg, value)| format!("{}={value}", arg.name))
                .collect();
            writeln!(text, "{} {} {}", sim.tick(), kind.name, args.join(" "))
                .expect("a string takes all");
        }
    }
    text
}

pub(crate) fn view(sim: &Sim<Arena>) -> View {
    let mut view = View::default();
    sim.read(&mut view);
    view
}

/// x, y (1/16 px), aim, lives, score, timer, away.
pub(crate) fn fields(sim: &Sim<Arena>, index: usize) -> [u32; 7] {
    let view = view(sim);
    let values = view.seat(seat(index)).expect("a seated player");
    std::array::from_fn(|at| values[at])
}
