//! Inputs of players: the buffer of each seat. An input is applied at the tick that it is stamped with, and at no other
//! tick.

use game::{Game, Input, InputSchema, Rate, Seat, SeatInput};
use protocol::binary::InputBatch;
use protocol::limits::{AHEAD_TICKS_MAX, view_delay_max};

use crate::Refused;
use crate::room::Room;

/// The last input is repeated for this many frames (1/60 s) without an input; then the input is neutral.
pub const HOLD_FRAMES_MAX: u32 = 15;

/// Inputs of one seat that are not simulated yet.
#[derive(Clone, Debug)]
pub(crate) struct Inputs {
    schema: &'static InputSchema,
    rate: Rate,
    /// By tick modulo its length; only ticks after the newest simulated one.
    ring: [Option<SeatInput>; AHEAD_TICKS_MAX as usize],
    last: Input,
    missing_frames: u32,
    /// The newest snapshot that the client acknowledged.
    seen: Option<u32>,
    /// For each of the newest 64 simulated ticks, whether an input for it arrived, in time or late. The
    /// lowest bit is the newest tick.
    received: u64,
    /// The tick of the newest input that was used.
    pub(crate) ack: u32,
    /// How many ticks before its use the newest input arrived; negative: too late.
    pub(crate) margin: i32,
}

/// The input that a tick uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Used {
    Given(SeatInput),
    Held(SeatInput),
    Neutral(SeatInput),
}

impl Inputs {
    pub(crate) fn new(schema: &'static InputSchema, rate: Rate) -> Self {
        Self {
            schema,
            rate,
            ring: [None; AHEAD_TICKS_MAX as usize],
            last: Input::default(),
            missing_frames: 0,
            seen: None,
            received: 0,
            ack: 0,
            margin: 0,
        }
    }

    /// An empty buffer that keeps the neutral form of the last input.
    pub(crate) fn after(schema: &'static InputSchema, rate: Rate, last: Input) -> Self {
        Self {
            last: schema.neutral(last),
            ..Self::new(schema, rate)
        }
    }

    /// Clears the inputs of the previous connection.
    pub(crate) fn reset(&mut self) {
        *self = Self::after(self.schema, self.rate, self.last);
    }

    /// Stores an input for its tick. `now` is the newest simulated tick.
    pub(crate) fn push(
        &mut self,
        now: u32,
        tick: Option<u32>,
        input: Input,
        seen: Option<u32>,
        view_delay: Option<u16>,
    ) -> Result<(), Refused> {
        let stamped = tick.unwrap_or(now + 1);
        self.margin = margin(stamped, now + 1);
        check(now, stamped)?;
        let has_seen = self.see(now, seen);
        let view_delay = if has_seen {
            self.allowed(stamped, view_delay.unwrap_or(0))
        } else {
            0
        };
        let slot = &mut self.ring[slot(stamped)];
        let mut seat_input = SeatInput { input, view_delay };
        if let (None, Some(earlier)) = (tick, &slot) {
            // A client without a clock can send two inputs for one tick; the second must not discard a
            // button of the first.
            seat_input.input = self.schema.with_buttons(input, earlier.input);
        }
        *slot = Some(seat_input);
        Ok(())
    }

    /// Reads the header of a batch; call [`Inputs::push_once`] for each of its inputs afterwards.
    /// True: the view delay is valid.
    pub(crate) fn begin_batch(&mut self, now: u32, batch: &InputBatch) -> bool {
        self.margin = margin(batch.tick, now + 1);
        self.see(now, batch.seen)
    }

    /// Stores an input for its tick, unless the tick has one already: batches repeat inputs. False: a
    /// repetition.
    pub(crate) fn push_once(
        &mut self,
        now: u32,
        tick: u32,
        input: Input,
        view_delay: u16,
    ) -> Result<bool, Refused> {
        let bit = now
            .checked_sub(tick)
            .map(|ago| 1u64.checked_shl(ago).unwrap_or(0));
        if bit.is_some_and(|bit| self.received & bit != 0) {
            return Ok(false);
        }
        self.received |= bit.unwrap_or(0);
        check(now, tick)?;
        let view_delay = self.allowed(tick, view_delay);
        let slot = &mut self.ring[slot(tick)];
        let is_new = slot.is_none();
        slot.get_or_insert(SeatInput { input, view_delay });
        Ok(is_new)
    }

    /// The newest snapshot that the client acknowledged.
    pub(crate) fn seen(&self) -> Option<u32> {
        self.seen
    }

    /// Takes the input for this tick.
    pub(crate) fn take(&mut self, tick: u32) -> Used {
        let given = self.ring[slot(tick)].take();
        self.received = self.received << 1 | u64::from(given.is_some());
        if let Some(seat_input) = given {
            (self.last, self.missing_frames, self.ack) = (seat_input.input, 0, tick);
            return Used::Given(seat_input);
        }
        let frames = self.rate.frames_per_tick();
        self.missing_frames = self.missing_frames.saturating_add(frames);
        if self.missing_frames > HOLD_FRAMES_MAX {
            return Used::Neutral(self.neutral());
        }
        Used::Held(SeatInput {
            input: self.schema.held(self.last),
            view_delay: 0,
        })
    }

    /// The input of an absent player.
    pub(crate) fn neutral(&mut self) -> SeatInput {
        self.last = self.schema.neutral(self.last);
        SeatInput {
            input: self.last,
            view_delay: 0,
        }
    }

    /// The input of a bot, which sees the newest tick.
    pub(crate) fn set(&mut self, input: Input) -> SeatInput {
        self.last = input;
        SeatInput {
            input,
            view_delay: 0,
        }
    }

    /// Whether the client can have seen this snapshot: not if it does not exist yet.
    fn see(&mut self, now: u32, seen: Option<u32>) -> bool {
        let seen = seen.filter(|&seen| seen <= now);
        self.seen = self.seen.max(seen);
        seen.is_some()
    }

    /// Limits a view delay to what the client can have drawn: its newest snapshot, minus its
    /// interpolation delay.
    fn allowed(&self, tick: u32, view_delay: u16) -> u16 {
        view_delay.min(view_delay_max(self.rate, tick, self.seen.unwrap_or(0)))
    }
}

fn slot(tick: u32) -> usize {
    (tick % AHEAD_TICKS_MAX) as usize
}

/// Refuses an input whose tick was simulated already or is too far ahead.
fn check(now: u32, tick: u32) -> Result<(), Refused> {
    if tick <= now {
        Err(Refused::Late)
    } else if tick > now + AHEAD_TICKS_MAX {
        Err(Refused::Early)
    } else {
        Ok(())
    }
}

/// Limited, so that it is a small number in every encoding.
fn margin(stamped: u32, next: u32) -> i32 {
    let most = i64::from(AHEAD_TICKS_MAX);
    (i64::from(stamped) - i64::from(next)).clamp(-most, most) as i32
}

impl<G: Game> Room<G> {
    pub(crate) fn take_batch(&mut self, seat: Seat, batch: &InputBatch) -> Result<(), Refused> {
        let mut view_delay = 0;
        self.take_input(seat, |now, inputs| {
            if inputs.begin_batch(now, batch) {
                view_delay = batch.view_delay;
            }
            Ok(false)
        })?;
        let mut refused = Ok(());
        for (tick, input) in batch.stamped() {
            let taken = self.take_input(seat, |now, inputs| {
                inputs.push_once(now, tick, input, view_delay)
            });
            refused = refused.and(taken);
        }
        refused
    }

    /// Stores an input of the seat and counts the result. False: a repetition.
    pub(crate) fn take_input(
        &mut self,
        seat: Seat,
        take: impl FnOnce(u32, &mut Inputs) -> Result<bool, Refused>,
    ) -> Result<(), Refused> {
        let is_running = self.waiting.is_none() && self.outcome.is_none();
        // A game that waits for commands has no inputs.
        let is_running = is_running && !G::RATE.is_on_command();
        let now = self.tick();
        let taken = match self.seat_states.get_mut(seat.index()) {
            Some(seat_state) if is_running && seat_state.connection.is_some() => {
                take(now, &mut seat_state.inputs)
            }
            _ => Err(Refused::NotRunning),
        };
        match taken {
            Ok(is_new) => self.counters.inputs_taken += u64::from(is_new),
            Err(Refused::Late) => self.counters.inputs_late += 1,
            Err(Refused::Early) => self.counters.inputs_early += 1,
            Err(_) => self.counters.inputs_not_running += 1,
        }
        taken.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use game::{InputFields as _, Pad};

    use super::*;

    /// Checks the view delay of the input for tick 101, when tick 100 is the newest.
    fn check_view_delay(seen: Option<u32>, view_delay: Option<u16>, expected: u16) {
        let mut inputs = Inputs::new(Pad::SCHEMA, Rate::HZ60);
        inputs
            .push(100, Some(101), Input::default(), seen, view_delay)
            .expect("neither late nor early");
        let Used::Given(seat_input) = inputs.take(101) else {
            panic!("an input was given")
        };
        assert_eq!(
            seat_input.view_delay, expected,
            "seen {seen:?} view {view_delay:?}"
        );
    }

    #[test]
    fn a_view_delay_is_limited_to_what_the_client_can_have_drawn() {
        check_view_delay(Some(98), Some(60), 60);
        check_view_delay(Some(98), None, 0);
        check_view_delay(None, Some(60), 0);
        check_view_delay(Some(100), Some(161), 160);
        check_view_delay(Some(100), Some(160), 160);
        check_view_delay(Some(96), Some(u16::MAX), 14 * 16);
        check_view_delay(Some(95), Some(u16::MAX), 240);
        check_view_delay(Some(0), Some(u16::MAX), 240);
        check_view_delay(Some(101), Some(60), 0);
    }

    /// Checks the view delay of the last input of a batch, which is for tick 102, when tick 100 is the
    /// newest.
    fn check_batch_delay(seen: Option<u32>, view_delay: u16, expected: u16) {
        let mut inputs = Inputs::new(Pad::SCHEMA, Rate::HZ60);
        let batch = InputBatch::new(102, &[Input::default(); 2], seen, view_delay).expect("two");
        let counts = inputs.begin_batch(100, &batch);
        for (tick, input) in batch.stamped() {
            let view_delay = if counts { view_delay } else { 0 };
            assert_eq!(inputs.push_once(100, tick, input, view_delay), Ok(true));
        }
        let Used::Given(seat_input) = inputs.take(102) else {
            panic!("an input was given")
        };
        assert_eq!(
            seat_input.view_delay, expected,
            "seen {seen:?} view {view_delay}"
        );
    }

    #[test]
    fn an_input_of_a_batch_has_the_view_delay_of_the_batch() {
        check_batch_delay(Some(98), 60, 60);
        check_batch_delay(Some(100), 255, 11 * 16);
        check_batch_delay(Some(90), 255, 240);
        check_batch_delay(Some(101), 60, 0);
        check_batch_delay(None, 60, 0);
    }

    #[test]
    fn the_seen_tick_never_decreases() {
        let mut inputs = Inputs::new(Pad::SCHEMA, Rate::HZ60);
        let mut push = |stamp, seen| {
            inputs
                .push(100, Some(stamp), Input::default(), Some(seen), Some(240))
                .expect("taken");
        };
        push(101, 100);
        push(102, 10);
        let Used::Given(seat_input) = inputs.take(102) else {
            panic!("an input was given")
        };
        assert_eq!(seat_input.view_delay, 11 * 16);
    }

    #[test]
    fn a_wrapped_ring_does_not_confuse_ticks() {
        let mut inputs = Inputs::new(Pad::SCHEMA, Rate::HZ60);
        inputs
            .push(100, Some(164), Input::default(), None, None)
            .expect("64 ahead");
        assert!((101..164).all(|tick| !matches!(inputs.take(tick), Used::Given(_))));
        assert!(matches!(inputs.take(164), Used::Given(_)));
        assert_eq!(inputs.ack, 164);
    }
}
