//! A running game: its tick, its state, and the history for judging hits.

use alloc::vec::Vec;

use crate::check::assert_described;
use crate::command::{Command, Refusal};
use crate::{
    BadState, Event, Game, Hash, Member, Mode, Past, Ranking, Reader, Roster, Seat, SeatInput,
    Settings, Step, Subject, View, hash, slots,
};

/// The version of the format of [`Sim::save`].
const VERSION: u8 = 1;
/// The tick limit, over a year, which no match reaches. It keeps sums of ticks from overflowing.
const TICK_MAX: u32 = 1 << 31;

/// A game with its history. A clone is an independent match.
#[derive(Clone, Debug)]
pub struct Sim<G> {
    game: G,
    tick: u32,
    past: Past,
}

impl<G: Game> Sim<G> {
    /// Creates a match at tick 0. For a game whose description has a mistake, this call does not compile
    /// ([`Schema::assert`](crate::Schema::assert)):
    ///
    /// ```compile_fail,E0080
    /// use game::*;
    /// #[derive(Clone)]
    /// struct Wide;
    /// impl State for Wide {
    ///     const SCHEMA: &'static Schema = &Schema {
    ///         match_fields: &[],
    ///         private: 0,
    ///         seat: &[Field { name: "hp", bits: 33, kind: Kind::Count }], // 32 compiles
    ///         entities: &[],
    ///         events: &[],
    ///     };
    /// #   fn read(&self, _: &mut View) {}
    /// #   fn load(&mut self, _: &View) -> Result<(), BadState> { Ok(()) }
    /// #   fn save(&self, _: &mut Vec<u8>) {}
    /// #   fn restore(_: &mut Reader<'_>) -> Result<Self, BadState> { Ok(Self) }
    ///     // …
    /// }
    /// impl Game for Wide {
    ///     const NAME: &'static str = "wide";
    ///     const CONSTANTS: &'static [(&'static str, u32)] = &[];
    /// #   fn new(_: u64, _: &Settings, _: &Roster) -> Self { Self }
    /// #   fn join(&mut self, _: &Member) {}
    /// #   fn leave(&mut self, _: Seat) {}
    /// #   fn step(&mut self, _: Step<'_>) {}
    /// #   fn outcome(&self) -> Option<Ranking> { None }
    /// #   fn is_alive(&self, _: Seat) -> bool { true }
    ///     // …
    /// }
    /// Sim::<Wide>::new(0, &Settings::defaults(&[]), &Roster::of(2));
    /// ```
    pub fn new(seed: u64, settings: &Settings, roster: &Roster) -> Self {
        const { assert_described::<G>() };
        Self {
            game: G::new(seed, settings, roster),
            tick: 0,
            past: Past::new(const { slots(&G::SEATS) }),
        }
    }

    /// The tick of the state.
    pub fn tick(&self) -> u32 {
        self.tick
    }

    /// The state.
    pub fn game(&self) -> &G {
        &self.game
    }

    /// See [`Game::join`].
    pub fn join(&mut self, member: &Member) {
        self.game.join(member);
    }

    /// See [`Game::leave`].
    pub fn leave(&mut self, seat: Seat) {
        self.game.leave(seat);
    }

    /// See [`Game::set_away`].
    pub fn set_away(&mut self, seat: Seat, away: bool) {
        self.game.set_away(seat, away);
    }

    /// See [`Game::outcome`].
    pub fn outcome(&self) -> Option<Ranking> {
        self.game.outcome()
    }

    /// See [`Game::command`].
    pub fn command(&mut self, seat: Seat, command: &Command) -> Result<(), Refusal> {
        self.game.command(seat, command)
    }

    /// Advances by one tick and appends events to `events`.
    ///
    /// # Panics
    /// If the game shows a state that breaks its schema ([`ShownError`](crate::ShownError)), where debug
    /// assertions are on, as in a game's tests. In any build, a room then ends
    /// instead.
    pub fn step(&mut self, inputs: &[SeatInput], mode: Mode, events: &mut Vec<Event>) {
        let before = events.len();
        self.step_unchecked(inputs, mode, events);
        if cfg!(debug_assertions) && mode == Mode::Authority {
            let mut view = View::default();
            self.read(&mut view);
            let schema = G::SCHEMA;
            let checked = schema.check_events(&events[before..]);
            if let Err(error) = checked.and_then(|()| schema.check(&view)) {
                panic!("{} at tick {}: {error}", G::NAME, self.tick);
            }
        }
    }

    /// [`Sim::step`] without the check of the view.
    pub fn step_unchecked(&mut self, inputs: &[SeatInput], mode: Mode, events: &mut Vec<Event>) {
        self.tick += 1;
        if const { G::RATE.is_on_command() } {
            self.game.pass(1);
        }
        self.game.step(Step {
            tick: self.tick,
            inputs,
            input_schema: G::INPUT,
            mode,
            past: &self.past,
            events,
        });
        if const { G::RATE.is_on_command() } {
            // Such a game never rewinds.
            return;
        }
        self.past.push(|seat| self.game.pose(seat));
    }

    /// Passes ticks without a step, in a game of [`Rate::OnCommand`](crate::Rate::OnCommand):
    /// its timers count down.
    pub fn pass(&mut self, ticks: u32) {
        self.tick += ticks;
        self.game.pass(ticks);
    }

    /// See [`State::due_in`](crate::State::due_in).
    pub fn due_in(&self) -> Option<u32> {
        self.game.due_in()
    }

    /// Fills the view from the state after the next tick, without advancing.
    pub fn peek(&self, inputs: &[SeatInput], mode: Mode, view: &mut View) {
        let mut game = self.game.clone();
        if const { G::RATE.is_on_command() } {
            game.pass(1);
        }
        game.step(Step {
            tick: self.tick + 1,
            inputs,
            input_schema: G::INPUT,
            mode,
            past: &self.past,
            events: &mut Vec::new(),
        });
        view.clear();
        view.tick = self.tick + 1;
        game.read(view);
    }

    /// Fills the view from the state.
    pub fn read(&self, view: &mut View) {
        view.clear();
        view.tick = self.tick;
        self.game.read(view);
    }

    /// Removes from a view of this match what the viewer may not know: private fields of others, and
    /// players and entities that they do not see. Without a viewer, everything is removed that is
    /// hidden from any player.
    pub fn hide(&self, view: &mut View, viewer: Option<Seat>) {
        view.hide(G::SCHEMA, viewer);
        if !G::HIDES {
            return;
        }
        for seat in view.seats().iter() {
            if Some(seat) != viewer && !self.sees(viewer, Subject::Seat(seat)) {
                view.remove(seat);
            }
        }
        view.entities
            .retain(|entity| self.sees(viewer, Subject::Entity(entity)));
    }

    fn sees(&self, viewer: Option<Seat>, subject: Subject<'_>) -> bool {
        viewer.is_some_and(|viewer| self.game.sees(viewer, subject))
    }

    /// Loads the state of a view and clears the history: a client judges no hits.
    pub fn load(&mut self, view: &View) -> Result<(), BadState> {
        let tick = check(view.tick)?;
        self.game.load(view)?;
        self.tick = tick;
        self.past.clear();
        Ok(())
    }

    /// Appends the complete state for the next step: a version byte, the tick, the history, the
    /// game.
    pub fn save(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        out.extend_from_slice(&self.tick.to_le_bytes());
        self.past.save(out);
        self.game.save(out);
    }

    /// Restores the bytes of [`Sim::save`]. Invalid bytes are an error, never a panic.
    pub fn restore(bytes: &[u8]) -> Result<Self, BadState> {
        const { assert_described::<G>() };
        let mut bytes = Reader::new(bytes);
        if bytes.u8()? != VERSION {
            return Err(BadState("another version"));
        }
        let tick = check(bytes.u32()?)?;
        let past = Past::restore(const { slots(&G::SEATS) }, &mut bytes)?;
        let game = G::restore(&mut bytes)?;
        bytes.end()?;
        Ok(Self { game, tick, past })
    }

    /// The hash of the bytes of [`Sim::save`]; `scratch` is a reused buffer.
    pub fn hash(&self, scratch: &mut Vec<u8>) -> Hash {
        scratch.clear();
        self.save(scratch);
        hash(scratch)
    }
}

fn check(tick: u32) -> Result<u32, BadState> {
    if tick < TICK_MAX {
        Ok(tick)
    } else {
        Err(BadState("its tick is out of range"))
    }
}
