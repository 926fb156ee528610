//! A room of [`game::Rate::OnCommand`]: it sleeps, and steps when there is a command or a presence
//! change, or when a timer ends.

use std::mem;

use game::{FRAMES_PER_SECOND, Game};
use protocol::record::PresenceChanges;

use crate::room::Room;
use crate::snapshots::FrameNumber;

/// A connected player gets a snapshot after this many frames (1/60 s) without a step, as a sign that
/// the connection works.
pub const KEEP_ALIVE_FRAMES: u32 = 5 * FRAMES_PER_SECOND;

/// The time that a room has slept.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sleep {
    /// Ticks that have passed since the newest simulated tick.
    pub(crate) ticks: u32,
    /// Frames since the newest snapshot was due.
    pub(crate) quiet_frames: u32,
    /// The number of steps. Two steps can be in one frame, and each has its own view.
    pub(crate) steps: FrameNumber,
}

impl<G: Game> Room<G> {
    /// Frames until the room must be woken; None: not before a player sends a message, connects or
    /// leaves.
    pub fn wakes_in(&self) -> Option<u32> {
        let is_moving = self.waiting.is_some() || self.outcome.is_some() || self.has_work();
        if is_moving || self.fault.is_some() {
            return Some(1);
        }
        let timer = self.shown.sim().due_in();
        let timer = timer.map(|ticks| ticks.saturating_sub(self.sleep.ticks).max(1));
        let is_anybody_in = self
            .seat_states
            .iter()
            .any(|seat| seat.connection.is_some());
        let quiet = KEEP_ALIVE_FRAMES.saturating_sub(self.sleep.quiet_frames);
        let snapshot = is_anybody_in.then_some(quiet.max(1));
        let bots = self.bots_wake_in();
        timer.into_iter().chain(snapshot).chain(bots).min()
    }

    /// Advances by the frames since the last call. Call this before messages are handled, and
    /// [`Room::handle_wake`] after them.
    pub fn handle_frames(&mut self, frames: u32) {
        self.frames += u64::from(frames);
        self.sleep.quiet_frames = self.sleep.quiet_frames.saturating_add(frames);
        if self.waiting.is_none() {
            self.sleep.ticks = self.sleep.ticks.saturating_add(frames);
        }
        let now = self.tick();
        self.chat_limiter.handle_frames(frames);
        for seat_state in &mut self.seat_states {
            seat_state.handle_tick(frames, now);
        }
        if self.bots.is_some() {
            self.run_bots(frames);
        }
    }

    /// Steps at most once, if there is work: to the current tick, or to that of the first timer that has
    /// ended.
    pub fn handle_wake(&mut self) {
        if self.outcome.is_some() || self.fault.is_some() {
            return;
        }
        if self.waiting.is_some() {
            self.advance_unless_waiting();
            return self.show();
        }
        let due = self.shown.sim().due_in().unwrap_or(u32::MAX);
        if due < self.sleep.ticks {
            self.sleep.ticks -= due;
            // The commands arrived after the timer had ended.
            let actions = mem::take(&mut self.actions);
            self.play(due - 1, PresenceChanges::NONE);
            self.sleep.steps += 1;
            self.actions = actions;
            if self.outcome.is_some() {
                self.refuse_actions();
            }
            self.show();
        } else if due == self.sleep.ticks || self.has_work() {
            self.catch_up();
        } else if self.sleep.quiet_frames >= KEEP_ALIVE_FRAMES {
            self.show();
        }
    }

    /// Steps to the current tick in any case, because the room moves to another relay.
    pub fn catch_up(&mut self) {
        let is_running = self.waiting.is_none() && self.outcome.is_none() && self.fault.is_none();
        let due = self.shown.sim().due_in().unwrap_or(u32::MAX);
        let ticks = mem::take(&mut self.sleep.ticks).min(due);
        if is_running && ticks > 0 {
            self.play(ticks - 1, self.changes(self.shown.presence()));
            self.sleep.steps += 1;
            self.show();
        }
    }

    /// Whether there are commands, joins or presence changes that no step has applied.
    fn has_work(&self) -> bool {
        !self.actions.is_empty()
            || !self.joins.is_empty()
            || !self.changes(self.shown.presence()).is_empty()
    }

    /// Makes a snapshot due for every connected player.
    fn show(&mut self) {
        self.sleep.quiet_frames = 0;
        self.set_stale();
        for seat_state in &mut self.seat_states {
            seat_state.snapshot_due = seat_state.connection.is_some();
        }
    }
}
