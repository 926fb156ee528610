//! Tag: one player is it, and passes it on by touch. Whoever was it least long wins when time is up.
#![no_std]

extern crate alloc;

mod bot;
mod runner;
mod schema;

use alloc::vec::Vec;

use game::{
    BadState, Event, Game, Mode, Pose, Random, Ranking, Reader, SEATS_MAX, Schema, Seat, Seats,
    Setting, Settings, Standing, Step, TICKS_PER_SECOND, View,
};

pub use bot::TagBot;
use runner::Runner;
pub use runner::{IMMUNE_TICKS, IT_SPEED_PX, RADIUS_PX, SIDE_PX, SPEED_PX};

/// A match of tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The tick at which time is up.
    ends_at: u32,
    time_is_up: bool,
    /// Those who left stay, as ranked last.
    runners: [Option<Runner>; SEATS_MAX],
}

impl Game for Tag {
    const NAME: &'static str = "tag";
    const SCHEMA: &'static Schema = schema::SCHEMA;
    const SETTINGS: &'static [Setting] = schema::SETTINGS;
    const CONSTANTS: &'static [(&'static str, u32)] = schema::CONSTANTS;

    fn new(seed: u64, settings: &Settings, seats: Seats) -> Self {
        let mut tag = Self {
            ends_at: settings.0[schema::SETTING_MATCH_SECONDS] as u32 * TICKS_PER_SECOND,
            time_is_up: false,
            runners: [const { None }; SEATS_MAX],
        };
        for seat in seats.iter() {
            tag.runners[seat.index()] = Some(Runner::new(seat));
        }
        let first = Random::new(seed).below(seats.len() as u32) as usize;
        if let Some(runner) = tag.present().nth(first) {
            runner.it = true;
        }
        tag
    }

    fn join(&mut self, seat: Seat) {
        if self.runners[seat.index()].is_none() {
            self.runners[seat.index()] = Some(Runner::new(seat));
            self.appoint();
        }
    }

    fn leave(&mut self, seat: Seat) {
        if let Some(runner) = &mut self.runners[seat.index()] {
            (runner.left, runner.it) = (true, false);
            self.appoint();
        }
    }

    fn set_away(&mut self, seat: Seat, away: bool) {
        if let Some(runner) = &mut self.runners[seat.index()] {
            runner.away = away;
        }
    }

    fn step(&mut self, step: Step<'_>) {
        for seat in Seat::all().filter(|&seat| step.mode.moves(seat)) {
            if let Some(runner) = &mut self.runners[seat.index()] {
                runner.step(step.commands[seat.index()].input);
            }
        }
        // A prediction decides nothing: who is it, the server says.
        if step.mode == Mode::Authority {
            self.present()
                .filter(|runner| !runner.it)
                .for_each(|runner| runner.free_ticks += 1);
            self.pass_on(step.events);
            self.time_is_up = step.tick >= self.ends_at;
        }
    }

    fn outcome(&self) -> Option<Ranking> {
        let seated: Seats = Seat::all()
            .filter(|seat| self.runners[seat.index()].is_some())
            .collect();
        let present = seated.iter().filter(|&seat| self.is_alive(seat)).count();
        let goes_on = present > 1 || (present == 1 && seated.len() == 1);
        if goes_on && !self.time_is_up {
            return None;
        }
        Some(Ranking::of(seated, |seat| {
            let runner = self.runners[seat.index()].as_ref();
            runner.map_or_else(Standing::default, Runner::standing)
        }))
    }

    fn is_alive(&self, seat: Seat) -> bool {
        self.runners[seat.index()]
            .as_ref()
            .is_some_and(|runner| !runner.left)
    }

    fn pose(&self, _seat: Seat) -> Option<Pose> {
        // Nobody shoots, so nobody is judged by what he saw.
        None
    }

    fn read(&self, view: &mut View) {
        for seat in Seat::all() {
            if let Some(runner) = &self.runners[seat.index()] {
                view.show(seat, &runner.fields());
            }
        }
    }

    fn load(&mut self, view: &View) -> Result<(), BadState> {
        let mut runners = [const { None }; SEATS_MAX];
        for (runner, fields) in runners.iter_mut().zip(&view.seats) {
            *runner = fields.as_ref().map(Runner::from_fields).transpose()?;
        }
        self.runners = runners;
        Ok(())
    }

    fn save(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.ends_at.to_le_bytes());
        out.push(u8::from(self.time_is_up));
        for runner in &self.runners {
            out.push(u8::from(runner.is_some()));
            if let Some(runner) = runner {
                runner.save(out);
            }
        }
    }

    fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState> {
        let (ends_at, time_is_up) = (bytes.u32()?, bytes.flag()?);
        if ends_at > schema::MATCH_SECONDS_MAX * TICKS_PER_SECOND {
            return Err(BadState("its settings are out of range"));
        }
        let mut runners = [const { None }; SEATS_MAX];
        for runner in &mut runners {
            if bytes.flag()? {
                *runner = Some(Runner::restore(bytes)?);
            }
        }
        Ok(Self {
            ends_at,
            time_is_up,
            runners,
        })
    }
}

impl Tag {
    fn present(&mut self) -> impl Iterator<Item = &mut Runner> {
        self.runners
            .iter_mut()
            .flatten()
            .filter(|runner| !runner.left)
    }

    /// Somebody must be it: whoever was free longest.
    fn appoint(&mut self) {
        if self.present().all(|runner| !runner.it)
            && let Some(next) = self.present().max_by_key(|runner| runner.free_ticks)
        {
            next.it = true;
        }
    }

    fn pass_on(&mut self, events: &mut Vec<Event>) {
        let is_it = |runner: &Option<Runner>| runner.as_ref().is_some_and(|runner| runner.it);
        let Some(by) = self.runners.iter().position(is_it) else {
            return;
        };
        let is_caught = |runner: &Option<Runner>| {
            let (Some(it), Some(runner)) = (&self.runners[by], runner) else {
                return false;
            };
            it.catches(runner)
        };
        let Some(caught) = self.runners.iter().position(is_caught) else {
            return;
        };
        for (at, runner) in self.runners.iter_mut().enumerate() {
            if let Some(runner) = runner.as_mut().filter(|_| at == by || at == caught) {
                runner.it = at == caught;
                runner.immune_ticks = if at == by { IMMUNE_TICKS } else { 0 };
            }
        }
        events.push(Event::new(schema::EVENT_TAG, &[caught as i64, by as i64]));
    }
}
