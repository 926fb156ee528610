//! Calls of a worker into its rooms, under the watchdog, and the end of a room whose game failed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use protocol::CloseCode;

use super::{Place, Worker};
use crate::worker::hosted::{Hosted, OnWorker, Status};
use crate::worker::hosted_room::WorkerContext;
use crate::worker::messages::{RoomExit, RoomKey};

impl Worker {
    /// Calls into the room with this key, if it is on this worker.
    pub(super) fn with_room(
        &mut self,
        key: &Arc<RoomKey>,
        run: impl FnOnce(&mut dyn Hosted, &mut WorkerContext),
    ) {
        let Some(place) = self.find(key) else {
            return;
        };
        self.run_room(place, |room, context| {
            run(room, context);
            room.status()
        });
    }

    /// Calls into a room, and ends the room if the call fails: then it returns false and drops what the room wrote to
    /// the journal.
    pub(super) fn run_room(
        &mut self,
        place: Place,
        run: impl FnOnce(&mut dyn Hosted, &mut WorkerContext) -> Status,
    ) -> bool {
        let journaled = self.context.journaling.entry.len();
        let called = self.call(place, run);
        if let Err(failure) = called {
            self.context.journaling.entry.truncate(journaled);
            self.fail(place, failure);
        }
        called.is_ok()
    }

    /// Calls into a room under the watchdog. After a panic, the room is not called again.
    fn call(
        &mut self,
        place: Place,
        run: impl FnOnce(&mut dyn Hosted, &mut WorkerContext) -> Status,
    ) -> Result<(), Failure> {
        let hosted = match place {
            Place::Phase(phase, index) => Some(&mut self.groups[phase][index]),
            Place::Asleep(number) => self.sleepers.get_mut(number),
        };
        let Some(hosted) = hosted else { return Ok(()) };
        self.watch.enter(hosted.number, hosted.tick);
        let ran = catch_unwind(AssertUnwindSafe(|| {
            run(&mut *hosted.room, &mut self.context)
        }));
        let is_in_time = self.watch.leave();
        match ran {
            Err(_) => Err(Failure::Panic),
            Ok(status) if status.has_fault => Err(Failure::BrokenLimit),
            Ok(_) if !is_in_time => Err(Failure::OverBudget),
            Ok(status) => {
                hosted.tick = status.tick;
                Ok(())
            }
        }
    }

    /// Ends this room only.
    fn fail(&mut self, place: Place, failure: Failure) {
        let Some(OnWorker {
            key,
            room: mut hosted,
            ..
        }) = self.remove(place)
        else {
            return;
        };
        let (room, epoch, tick) = (&key.room, key.epoch, self.watch.tick());
        let (why, counter) = match failure {
            Failure::Panic => ("the game panicked", &self.context.metrics.room_panics),
            Failure::BrokenLimit => ("the game broke a limit", &self.context.metrics.room_panics),
            Failure::OverBudget => (
                "a step took more than 100 ms",
                &self.context.metrics.rooms_over_budget,
            ),
        };
        let fault = hosted.fault().map(tracing::field::display);
        tracing::error!(
            room,
            game = hosted.game(),
            epoch,
            tick,
            why,
            fault,
            "the room failed"
        );
        counter.inc();
        self.context.metrics.rooms.dec();
        hosted.end_sessions(CloseCode::RoomFailed.into(), &mut self.context);
        // A broken room may panic again while it is dropped.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(hosted)));
        self.context.reports.exit(&key, RoomExit::Failed);
    }
}

/// Why a room ends before its match does.
#[derive(Clone, Copy, Debug)]
enum Failure {
    Panic,
    BrokenLimit,
    OverBudget,
}
