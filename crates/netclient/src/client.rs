//! The client: its state, and its progress with time.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;
use core::marker::PhantomData;
use core::mem;

use game::{
    BadState, Event, Game, Input, InputSchema, Rate, Schema, Seat, SeatInput, Seats, Settings,
};
use protocol::DecodeError;
use protocol::binary::{FrameKind, Layout};
use protocol::limits::{PREDICT_TICKS_MAX, VIEW_DELAY_PER_TICK, view_delay_max};

use crate::arrivals::Arrivals;
use crate::clock::Clock;
use crate::delay::DrawClock;
use crate::input_log::InputLog;
use crate::others::Others;
use crate::pace::Pace;
use crate::prediction::{Predict, Prediction};
use crate::scene::Scene;
use crate::shots::{OwnShots, Shape, TheirShots};
use crate::smoothing::{OWN_SNAP_PX, Smoothing};
use crate::snapshots::Snapshots;
use crate::{Stats, tick_us};

/// How many events wait for [`NetClient::poll_event`]; more drop the oldest.
pub(crate) const EVENTS_MAX: usize = 256;

/// The fields of a `welcome` that a client needs.
#[derive(Clone, Copy, Debug)]
pub struct Welcome {
    /// The client's own seat.
    pub seat: Seat,
    /// The newest simulated tick.
    pub tick: u32,
    /// The settings of the room.
    pub settings: Settings,
    /// The seats that play.
    pub seats: Seats,
    /// The maximum number of snapshots per second.
    pub snapshot_hz: u32,
}

/// Why a frame was refused. The connection cannot be used any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The frame is not valid in this protocol.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The frame contains a state that the game refuses.
    #[error(transparent)]
    State(#[from] BadState),
}

/// An event of the match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Happened {
    /// The tick of the event.
    pub tick: u32,
    /// The event.
    pub event: Event,
}

/// The client half of a match.
pub struct NetClient<G: Game> {
    game: PhantomData<fn() -> G>,
    pub(crate) layout: Layout<'static>,
    pub(crate) schema: &'static Schema,
    pub(crate) input_schema: &'static InputSchema,
    pub(crate) rate: Rate,
    pub(crate) shape: Shape,
    pub(crate) seat: Seat,
    pub(crate) snapshot_hz: u32,
    /// The match runs: two snapshots had different ticks.
    pub(crate) is_running: bool,
    pub(crate) wanted: Input,
    /// The input of the newest scene.
    pub(crate) drawn: Input,
    /// The buttons that were pressed since the last tick, even if released since.
    pub(crate) pressed: Input,
    pub(crate) snapshots: Snapshots,
    pub(crate) arrivals: Arrivals,
    pub(crate) clock: Clock,
    pub(crate) draw_clock: DrawClock,
    pub(crate) log: InputLog,
    pub(crate) pace: Pace,
    pub(crate) prediction: Box<dyn Predict + Send>,
    pub(crate) smoothing: Smoothing,
    /// Only in a game that predicts the others.
    pub(crate) others: Option<Others>,
    pub(crate) own_shots: OwnShots,
    pub(crate) their_shots: TheirShots,
    pub(crate) ack: Option<u32>,
    /// Snapshots and inputs can be lost or reordered.
    pub(crate) is_over_datagrams: bool,
    pub(crate) events: VecDeque<Happened>,
    pub(crate) scratch: Vec<Event>,
    pub(crate) is_underrun: bool,
    pub(crate) scene: Scene,
    pub(crate) stats: Stats,
}

impl<G: Game> NetClient<G> {
    /// Creates a client from its `welcome`. Times are microseconds of any monotonic clock.
    pub fn new(now_us: u64, welcome: &Welcome) -> Self {
        Self::around(Self::predict(welcome), now_us, welcome)
    }

    /// Handles the `welcome` of a new connection, maybe of a newer epoch with a smaller tick. All state is reset, except
    /// the current input and the counters.
    pub fn handle_reset(&mut self, now_us: u64, welcome: &Welcome) {
        self.restart(Self::predict(welcome), now_us, welcome);
    }

    /// Call this after a `welcome` over WebTransport. Snapshots and inputs are then datagrams, which can be lost or
    /// reordered.
    pub fn use_datagrams(&mut self) {
        self.is_over_datagrams = true;
    }

    /// Handles a binary frame.
    ///
    /// # Errors
    /// When the frame is invalid for this protocol or game. The caller must then reconnect.
    pub fn handle_binary(&mut self, now_us: u64, frame: &[u8]) -> Result<(), Error> {
        self.stats.bytes_in += frame.len() as u64;
        if FrameKind::of(frame)? == FrameKind::Events {
            self.handle_events(frame)
        } else {
            self.handle_snapshot(now_us, frame)
        }
    }

    /// Sets the input from now on. A button that is pressed and released between two ticks is not lost.
    pub fn set_input(&mut self, input: Input) {
        // Limit it to the range of the wire, so that the room applies the same input.
        self.wanted = self.input_schema.in_range(input);
        self.pressed = self.input_schema.with_buttons(self.pressed, self.wanted);
    }

    /// Appends the message to send now; false when there is none. Do not call this while the socket accepts no data: the
    /// next call returns the newest inputs at that time.
    pub fn poll_transmit(&mut self, now_us: u64, out: &mut Vec<u8>) -> bool {
        self.advance(now_us);
        if self.rate.is_on_command() {
            return false;
        }
        let Some(seen) = self.snapshots.newest() else {
            return false;
        };
        if self.log.unsent() < self.pace.interval() as usize {
            return false;
        }
        let before = out.len();
        let repeats = self.is_over_datagrams;
        let is_some = self.log.encode(self.input_schema, seen, repeats, out);
        self.stats.bytes_out += (out.len() - before) as u64;
        is_some
    }

    /// The oldest event that was not polled yet.
    pub fn poll_event(&mut self) -> Option<Happened> {
        self.events.pop_front()
    }

    /// The measurements so far.
    pub fn stats(&self, now_us: u64) -> Stats {
        let ms = tick_us(self.rate) / 1e3;
        let could_show = self.arrivals.tick_at(now_us);
        let run_ahead = self.own_tick() - could_show;
        let round_trip = (run_ahead - self.clock.usual_margin() - 0.5).max(0.0);
        let newest = self.snapshots.newest().map_or(could_show, f64::from);
        Stats {
            round_trip_ms: (round_trip * ms) as f32,
            jitter_ms: (self.arrivals.jitter_us() / 1e3) as f32,
            run_ahead_ticks: run_ahead as f32,
            view_delay_ticks: (self.own_tick() - self.others_tick()) as f32,
            snapshot_age_ms: (((could_show - newest).max(0.0) + round_trip / 2.0) * ms) as f32,
            interval_ticks: self.arrivals.interval_ticks() as f32,
            ..self.stats
        }
    }
}

impl<G: Game> NetClient<G> {
    fn predict(welcome: &Welcome) -> Box<dyn Predict + Send> {
        let Welcome {
            seat,
            ref settings,
            seats,
            ..
        } = *welcome;
        Box::new(Prediction::<G>::new(seat, settings, seats))
    }

    // `restart` and `around` do not depend on the game's type and are compiled once for all games.
    #[inline(never)]
    fn restart(&mut self, prediction: Box<dyn Predict + Send>, now_us: u64, welcome: &Welcome) {
        let (wanted, stats) = (self.wanted, self.stats.sums());
        *self = Self::around(prediction, now_us, welcome);
        (self.wanted, self.stats) = (wanted, stats);
    }

    #[inline(never)]
    fn around(prediction: Box<dyn Predict + Send>, now_us: u64, welcome: &Welcome) -> Self {
        let (rate, layout) = (prediction.rate(), prediction.layout());
        let arrivals = Arrivals::new(now_us, welcome.tick, rate, welcome.snapshot_hz);
        Self {
            game: PhantomData,
            layout,
            schema: layout.schema,
            input_schema: prediction.input_schema(),
            rate,
            shape: prediction.shape(),
            seat: welcome.seat,
            snapshot_hz: welcome.snapshot_hz,
            is_running: false,
            wanted: Input::default(),
            drawn: Input::default(),
            pressed: Input::default(),
            snapshots: Snapshots::new(),
            clock: Clock::new(now_us, welcome.tick, rate),
            draw_clock: DrawClock::new(now_us, &arrivals),
            arrivals,
            log: InputLog::new(welcome.tick),
            pace: Pace::new(welcome.tick, rate),
            others: (prediction.predicts_others()).then(|| Others::new(layout.slots)),
            prediction,
            smoothing: Smoothing::new(OWN_SNAP_PX),
            own_shots: OwnShots::default(),
            their_shots: TheirShots::default(),
            ack: None,
            is_over_datagrams: false,
            events: VecDeque::new(),
            scratch: Vec::new(),
            is_underrun: false,
            scene: Scene {
                players: vec![None; layout.slots],
                ..Scene::default()
            },
            stats: Stats::default(),
        }
    }

    /// Advances to this time. Every tick that began since the last call gets the current input.
    pub(crate) fn advance(&mut self, now_us: u64) {
        if !self.is_running {
            return;
        }
        if self.rate.is_on_command() {
            let tick = self.waited_tick(now_us);
            return self.prediction.catch_up(tick, &self.log);
        }
        self.clock.advance(now_us, self.arrivals.tick_at(now_us));
        self.draw_clock.advance(now_us, &self.arrivals);
        let newest = self.snapshots.newest().unwrap_or(0);
        let tick = self.clock.tick().max(0.0) as u32;
        if tick > newest + PREDICT_TICKS_MAX {
            self.log.skip_to(tick);
        }
        while self.log.newest() < tick {
            let pressed = mem::take(&mut self.pressed);
            let seat_input = SeatInput {
                input: self.input_schema.with_buttons(self.wanted, pressed),
                view_delay: self.view_delay(self.log.newest() + 1, newest),
            };
            self.log.push(seat_input, self.clock.gained());
            self.prediction.catch_up(self.log.newest(), &self.log);
            self.own_shots.handle_predicted(
                self.shape,
                self.seat,
                self.prediction.view(),
                &self.log,
            );
        }
    }

    /// How far behind the own tick the others are drawn, within the limit of the room, in 1/16 tick.
    fn view_delay(&self, tick: u32, seen: u32) -> u16 {
        if self.others.is_some() {
            return 0;
        }
        let ticks = self.clock.tick() - self.draw_clock.tick();
        let drawn = ticks * f64::from(VIEW_DELAY_PER_TICK) + 0.5;
        (drawn.max(0.0) as u16).min(view_delay_max(self.rate, tick, seen))
    }
}
