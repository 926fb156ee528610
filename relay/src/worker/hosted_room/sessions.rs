//! The sessions of a hosted room: reading what players send, and writing messages and snapshots.

use std::time::SystemTime;

use game::{Game, Seat};
use protocol::CloseCode;
use room::Room;

use super::{HostedRoom, WorkerContext};
use crate::net::session::Session;
use crate::worker::messages::End;

impl<G: Game> HostedRoom<G> {
    pub(super) fn for_each_session(
        &mut self,
        context: &mut WorkerContext,
        run: impl Fn(&mut Room<G>, Seat, &mut Session, &mut WorkerContext) -> Result<(), End>,
    ) {
        for (seat, slot) in Seat::all().zip(&mut self.sessions) {
            let Some(session) = slot else { continue };
            if let Err(end) = run(&mut self.room, seat, session, context) {
                context
                    .closing
                    .extend(slot.take().and_then(|session| session.end(end)));
                self.room.handle_disconnected(seat);
            }
        }
    }

    /// After the first tick with these sessions.
    #[cold]
    pub(super) fn notify_first_ticks(&mut self) {
        let now = SystemTime::now();
        for (seat, first_tick) in self.first_ticks.drain(..) {
            if self.sessions[seat.index()].is_some() {
                // Fails only while the whole server shuts down.
                let _ = first_tick.send(now);
            }
        }
    }

    pub(super) fn read(
        room: &mut Room<G>,
        seat: Seat,
        session: &mut Session,
        context: &mut WorkerContext,
    ) -> Result<(), End> {
        session.begin_tick(context.frames)?;
        while let Some(message) = session.poll_message(G::INPUT)? {
            // The room counts refusals.
            let _ = room.handle_message(seat, message);
        }
        Ok(())
    }

    pub(super) fn write_session(
        room: &mut Room<G>,
        seat: Seat,
        session: &mut Session,
        context: &mut WorkerContext,
    ) -> Result<(), End> {
        match room.poll_close(seat) {
            // Not before the lobby has recorded the result, so that the lobby returns the same result.
            Some(CloseCode::MatchOver) | None => {}
            Some(code) => return Err(code.into()),
        }
        if !session.poll_writable()? {
            return Ok(());
        }
        // `over` is sent only after the lobby has recorded the result: if another server owns the room by then, the
        // match continues there.
        if room.outcome().is_none() {
            Self::write_reliable(room, seat, session, context)?;
        }
        // A snapshot must follow a `welcome`.
        if session.has_written() {
            Self::write_snapshot(room, seat, session, context)?;
        }
        session.end_tick(context.frames)
    }

    fn write_snapshot(
        room: &mut Room<G>,
        seat: Seat,
        session: &mut Session,
        context: &mut WorkerContext,
    ) -> Result<(), End> {
        let scratch = &mut context.scratch;
        scratch.clear();
        // A game without inputs has no acknowledgements, and its next snapshot may be sent much later.
        if session.is_lossy() && !G::RATE.is_on_command() {
            let is_due = room.poll_lossy_snapshot(seat, scratch);
            return if is_due {
                session.write_snapshot(scratch)
            } else {
                Ok(())
            };
        }
        match room.poll_snapshot(seat, scratch) {
            Some(form) => session.write(form, scratch),
            None => Ok(()),
        }
    }

    pub(super) fn write_reliable(
        room: &mut Room<G>,
        seat: Seat,
        session: &mut Session,
        context: &mut WorkerContext,
    ) -> Result<(), End> {
        let scratch = &mut context.scratch;
        scratch.clear();
        while let Some(form) = room.poll_reliable(seat, scratch) {
            session.write(form, scratch)?;
            scratch.clear();
        }
        Ok(())
    }
}
