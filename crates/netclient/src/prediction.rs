//! Prediction of the player's own state: the game's step, run from the newest snapshot over the
//! inputs since then.

use alloc::vec::Vec;

use game::{
    BadState, Event, FIELDS_MAX, Field, Game, Input, InputSchema, Kind, Mode, Rate, Seat,
    SeatInput, SeatInputs, Seats, Settings, Sim, Values, View,
};

use protocol::binary::Layout;

use crate::input_log::InputLog;
use crate::scene::values_of;
use crate::shots::Shape;
use crate::smoothing::difference;
use crate::snapshots::Snapshot;

/// The predicted state of the game, as far as the own player determines it.
#[derive(Clone, Debug)]
pub(crate) struct Prediction<G> {
    own: Seat,
    sim: Sim<G>,
    /// The view of the newest predicted tick.
    view: View,
    last: Input,
    nothing: Vec<Event>,
}

/// How a snapshot compares with the prediction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// Every field that the player determines is equal.
    Right,
    /// The position, aim or cooldown differs. The error, px by field.
    Wrong([f32; FIELDS_MAX]),
    /// This tick was not predicted. The distance from the last predicted tick, px by field.
    Skipped([f32; FIELDS_MAX]),
    /// The player died or respawned.
    Reborn,
}

/// A prediction without the game's type, so that the client around it is compiled once for all games.
pub(crate) trait Predict {
    /// The layout of the game's frames.
    fn layout(&self) -> Layout<'static>;

    /// The schema of the game's input.
    fn input_schema(&self) -> &'static InputSchema;

    /// The game's rate.
    fn rate(&self) -> Rate;

    /// The shape of the game's entities.
    fn shape(&self) -> Shape;

    /// The view of the newest predicted tick.
    fn view(&self) -> &View;

    /// Whether the own player is in the world.
    fn is_alive(&self) -> bool;

    /// The own player in the newest predicted tick.
    fn own_values(&self) -> Option<Values>;

    /// The own player one tick later with this input.
    fn own_ahead(&self, input: Input) -> Option<Values>;

    /// Whether the other players are drawn at their predicted positions.
    fn predicts_others(&self) -> bool;

    /// Fills the view with all players one tick later with this input.
    fn ahead(&self, input: Input, view: &mut View);

    /// Steps on to this tick.
    fn catch_up(&mut self, tick: u32, log: &InputLog);

    /// Goes back to a snapshot and replays the logged inputs up to this tick.
    fn reconcile(
        &mut self,
        snapshot: &mut Snapshot,
        tick: u32,
        log: &InputLog,
    ) -> Result<Verdict, BadState>;
}

impl<G: Game> Predict for Prediction<G> {
    fn layout(&self) -> Layout<'static> {
        Layout::of::<G>()
    }

    fn input_schema(&self) -> &'static InputSchema {
        G::INPUT
    }

    fn rate(&self) -> Rate {
        G::RATE
    }

    fn shape(&self) -> Shape {
        Shape::of::<G>()
    }

    fn view(&self) -> &View {
        &self.view
    }

    fn is_alive(&self) -> bool {
        self.sim.game().is_alive(self.own)
    }

    fn own_values(&self) -> Option<Values> {
        values_of(&self.view, self.own)
    }

    fn own_ahead(&self, input: Input) -> Option<Values> {
        let mut view = View::default();
        self.ahead(input, &mut view);
        values_of(&view, self.own)
    }

    fn predicts_others(&self) -> bool {
        G::PREDICTS_OTHERS
    }

    fn ahead(&self, input: Input, view: &mut View) {
        let input = G::INPUT.held(input);
        let inputs = self.inputs(SeatInput {
            input,
            view_delay: 0,
        });
        self.sim.peek(&inputs, Mode::Predict(self.own), view);
    }

    fn catch_up(&mut self, tick: u32, log: &InputLog) {
        if self.replay(tick, log) {
            self.sim.read(&mut self.view);
        }
    }

    fn reconcile(
        &mut self,
        snapshot: &mut Snapshot,
        tick: u32,
        log: &InputLog,
    ) -> Result<Verdict, BadState> {
        let before = (self.sim.tick(), self.own_values(), self.own_life());
        self.sim.load(&snapshot.view)?;
        snapshot.describe(self.sim.game());
        // A tick without a logged input repeats the input before it.
        self.last = log.get(snapshot.view.tick).unwrap_or_default().input;
        self.replay(tick, log);
        self.sim.read(&mut self.view);
        let after = (self.sim.tick(), self.own_values(), self.own_life());
        Ok(verdict(G::SCHEMA.seat, before, after))
    }
}

impl<G: Game> Prediction<G> {
    pub(crate) fn new(own: Seat, settings: &Settings, seats: Seats) -> Self {
        Self {
            own,
            sim: Sim::new(0, settings, &seats.into()),
            view: View::default(),
            last: Input::default(),
            nothing: Vec::new(),
        }
    }

    fn own_life(&self) -> (bool, Option<u8>) {
        let game = self.sim.game();
        (
            game.is_alive(self.own),
            game.pose(self.own).map(|pose| pose.life),
        )
    }

    fn replay(&mut self, tick: u32, log: &InputLog) -> bool {
        let moves = self.sim.tick() < tick;
        if moves && G::RATE.is_on_command() {
            // Without commands, only timers change.
            self.sim.pass(tick - self.sim.tick());
        }
        while self.sim.tick() < tick {
            let seat_input = log.get(self.sim.tick() + 1).unwrap_or(SeatInput {
                input: G::INPUT.held(self.last),
                view_delay: 0,
            });
            self.last = seat_input.input;
            let inputs = self.inputs(seat_input);
            self.nothing.clear();
            self.sim
                .step(&inputs, Mode::Predict(self.own), &mut self.nothing);
        }
        moves
    }

    fn inputs(&self, own: SeatInput) -> SeatInputs {
        let mut inputs = SeatInputs::neutral(self.own.index() + 1);
        inputs[self.own.index()] = own;
        inputs
    }
}

type State = (u32, Option<Values>, (bool, Option<u8>));

fn verdict(fields: &[Field], before: State, after: State) -> Verdict {
    let ((tick_before, Some(from), life_before), (tick_after, Some(to), life_after)) =
        (before, after)
    else {
        return Verdict::Reborn;
    };
    if life_before != life_after {
        return Verdict::Reborn;
    }
    let decides = |kind| {
        matches!(
            kind,
            Kind::Linear { .. } | Kind::Velocity { .. } | Kind::Angle | Kind::Timer
        )
    };
    let is_same = fields
        .iter()
        .zip(from.iter().zip(&to))
        .all(|(field, (from, to))| from == to || !decides(field.kind));
    let error = difference(fields, &from, &to);
    match tick_before == tick_after {
        true if is_same => Verdict::Right,
        true => Verdict::Wrong(error),
        false => Verdict::Skipped(error),
    }
}
