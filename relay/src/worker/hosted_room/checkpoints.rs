//! The checkpoints of a hosted room: when they are due, and what they contain.

use std::time::Duration;

use game::{FRAMES_PER_SECOND, Game};

use super::{HostedRoom, WorkerContext};
use crate::rooms::checkpoint::{Place, snap};
use crate::worker::messages::Snapped;

/// Interval between checkpoints, in frames (1/60 s).
pub(super) const INTERVAL_FRAMES: u32 = 2 * FRAMES_PER_SECOND;
/// For a sleeping room: the time after which a checkpoint that was not accepted is offered again, in frames.
const RETRY_FRAMES: u32 = FRAMES_PER_SECOND / 2;
/// The longest time between two checkpoints of a sleeping room. A checkpoint is a sign of life of the match and of
/// its connected players: the lobby removes a player after 5 minutes without one.
const SLEEP_MAX: Duration = Duration::from_mins(2);
/// The same limit while no player is connected.
const EMPTY_SLEEP_MAX: Duration = Duration::from_mins(10);

impl<G: Game> HostedRoom<G> {
    /// Offers a checkpoint every two seconds; for a sleeping room, after each step, and after [`Self::sleep_max`]
    /// without one. If the checkpointer is behind, it gets a newer one later.
    pub(super) fn checkpoint(&mut self, context: &WorkerContext) {
        if !G::RATE.is_on_command() {
            self.checkpoint_in_frames = self.checkpoint_in_frames.saturating_sub(context.frames);
            if self.checkpoint_in_frames == 0 {
                self.checkpoint_in_frames = INTERVAL_FRAMES;
                self.offer(context);
            }
            return;
        }
        let is_new = self.offered != Some(self.room.tick());
        if (is_new || self.checkpoint_in_frames == 0) && self.offer(context) {
            self.offered = Some(self.room.tick());
            self.checkpoint_in_frames = self.sleep_max().as_secs() as u32 * FRAMES_PER_SECOND;
        }
    }

    /// For a sleeping room: frames until it offers its next checkpoint.
    pub(super) fn checkpoint_wakes_in(&self) -> u32 {
        if self.offered == Some(self.room.tick()) {
            self.checkpoint_in_frames.max(1)
        } else {
            RETRY_FRAMES
        }
    }

    pub(super) fn offer(&mut self, context: &WorkerContext) -> bool {
        let snapped = self.snap(context);
        let is_taken = context.reports.checkpoints.try_send(snapped).is_ok();
        if !is_taken {
            context.metrics.checkpoints_skipped.inc();
        }
        is_taken
    }

    pub(super) fn snap(&mut self, context: &WorkerContext) -> Snapped {
        self.snap_at(&context.relay_id, context.journaling.place(), None)
    }

    pub(super) fn snap_at(&mut self, relay: &str, place: Place, header: Option<String>) -> Snapped {
        let sleep = self.sleep_max();
        snap(&self.key, relay, &mut self.room, place, header, sleep)
    }

    /// How long the room may be without a checkpoint; zero: the room does not sleep.
    fn sleep_max(&self) -> Duration {
        if !G::RATE.is_on_command() {
            Duration::ZERO
        } else if self.sessions.iter().any(Option::is_some) {
            SLEEP_MAX
        } else {
            EMPTY_SLEEP_MAX
        }
    }
}
