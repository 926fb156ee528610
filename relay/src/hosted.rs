//! A room on its worker, with the sessions of its players: what one tick of it reads, decides and writes.

use std::sync::Arc;
use std::time::Instant;

use game::{Game, SEATS_MAX, Seat, TICKS_PER_SECOND};
use lobby::{Checkpoint, CheckpointPlayer, ProjectileView, Score};
use protocol::CloseCode;
use room::{Counters, Room};

use crate::closing::Closing;
use crate::metrics::Metrics;
use crate::report::{Fate, Reports, RoomKey, Snapped};
use crate::session::{End, Session};

/// What a room needs of its worker during a tick.
pub(crate) struct Tools {
    pub(crate) relay_id: String,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) reports: Reports,
    /// Ended sessions whose close frame is still to leave.
    pub(crate) closing: Vec<Closing>,
    /// Reused for every message.
    pub(crate) scratch: Vec<u8>,
}

/// A room this worker owns.
pub(crate) struct Hosted<G: Game> {
    key: Arc<RoomKey>,
    room: Room<G>,
    sessions: [Option<Session>; SEATS_MAX],
    /// Ticks until the next checkpoint: the rooms of a worker take turns.
    checkpoint_in_ticks: u32,
    /// The outcome was reported; the lobby has not answered yet.
    is_over: bool,
    /// What the metrics have of the room.
    counted: Counters,
}

impl<G: Game> Hosted<G> {
    /// `dealt` counts the rooms this worker ever got.
    pub(crate) fn new(key: Arc<RoomKey>, room: Room<G>, dealt: u32) -> Self {
        // 37 has no factor in common with 60: neighbours write far apart.
        let checkpoint_in_ticks = dealt.wrapping_mul(37) % TICKS_PER_SECOND;
        Self {
            key,
            room,
            sessions: [const { None }; SEATS_MAX],
            checkpoint_in_ticks,
            is_over: false,
            counted: Counters::default(),
        }
    }

    pub(crate) fn key(&self) -> &Arc<RoomKey> {
        &self.key
    }

    /// The seat of a player who may connect.
    pub(crate) fn seat_of(&self, player_id: &str) -> Option<Seat> {
        self.room.seat_of(player_id)
    }

    /// A player is in; whoever held his seat is superseded.
    pub(crate) fn connect(&mut self, seat: Seat, session: Session, tools: &mut Tools) {
        if let Some(before) = self.sessions[seat.index()].take() {
            tools
                .closing
                .extend(before.end(CloseCode::Superseded.into()));
        }
        self.room.handle_connected(seat, session.encoding());
        self.sessions[seat.index()] = Some(session);
    }

    /// The player is out for good.
    pub(crate) fn leave(&mut self, player_id: &str, tools: &mut Tools) {
        if let Some(seat) = self.room.seat_of(player_id) {
            self.room.handle_left(seat);
            if let Some(session) = self.sessions[seat.index()].take() {
                tools.closing.extend(session.end(CloseCode::Left.into()));
            }
        }
    }

    /// One sixtieth of a second.
    pub(crate) fn tick(&mut self, tools: &mut Tools) {
        self.for_each_session(tools, Self::read);
        if self.room.outcome().is_none() {
            self.room.handle_tick();
            tools.metrics.ticks.add(1);
        }
        self.for_each_session(tools, Self::write);
        let counted = self.room.counters();
        tools.metrics.count_room(&self.counted, &counted);
        self.counted = counted;
        self.report_outcome(tools);
        self.checkpoint(tools);
    }

    /// Ends every session, as when the room is no longer ours.
    pub(crate) fn end_sessions(&mut self, end: End, tools: &mut Tools) {
        for session in self.sessions.iter_mut().filter_map(Option::take) {
            tools.closing.extend(session.end(end));
        }
    }

    /// Queues what must still arrive, such as `over`, at a socket that was not writable in the last tick. The room is sound.
    pub(crate) fn say_last_words(&mut self, tools: &mut Tools) {
        self.for_each_session(tools, Self::write_reliable);
    }

    fn for_each_session(
        &mut self,
        tools: &mut Tools,
        run: impl Fn(&mut Room<G>, Seat, &mut Session, &mut Tools) -> Result<(), End>,
    ) {
        for seat in Seat::all() {
            let slot = &mut self.sessions[seat.index()];
            let Some(session) = slot else { continue };
            if let Err(end) = run(&mut self.room, seat, session, tools) {
                tools
                    .closing
                    .extend(slot.take().and_then(|session| session.end(end)));
                self.room.handle_disconnected(seat);
            }
        }
    }

    fn read(
        room: &mut Room<G>,
        seat: Seat,
        session: &mut Session,
        _: &mut Tools,
    ) -> Result<(), End> {
        session.begin_tick()?;
        while let Some(message) = session.poll_message()? {
            // Refusals are counted, by the room.
            let _ = room.handle_message(seat, message);
        }
        Ok(())
    }

    fn write(
        room: &mut Room<G>,
        seat: Seat,
        session: &mut Session,
        tools: &mut Tools,
    ) -> Result<(), End> {
        match room.poll_close(seat) {
            // Not before the lobby has counted it: a player who asks it then must hear the same.
            Some(CloseCode::MatchOver) | None => {}
            Some(code) => return Err(code.into()),
        }
        if !session.poll_writable()? {
            return Ok(());
        }
        Self::write_reliable(room, seat, session, tools)?;
        let scratch = &mut tools.scratch;
        if let Some(form) = room.poll_snapshot(seat, scratch) {
            session.write(form, scratch)?;
        }
        session.end_tick()
    }

    /// Leaves the scratch empty.
    fn write_reliable(
        room: &mut Room<G>,
        seat: Seat,
        session: &mut Session,
        tools: &mut Tools,
    ) -> Result<(), End> {
        let scratch = &mut tools.scratch;
        scratch.clear();
        while let Some(form) = room.poll_reliable(seat, scratch) {
            session.write(form, scratch)?;
            scratch.clear();
        }
        Ok(())
    }

    fn report_outcome(&mut self, tools: &Tools) {
        if self.is_over {
            return;
        }
        if let Some(outcome) = self.room.outcome() {
            let score = |score: &room::Score| Score {
                player_id: score.player_id.clone(),
                score: score.score,
                rank: score.rank,
            };
            tools.reports.fate(
                &self.key,
                Fate::Over(outcome.scores.iter().map(score).collect()),
            );
            self.is_over = true;
        }
    }

    /// Offers what Redis shows of this room. A keeper that is behind gets a newer one in a second.
    fn checkpoint(&mut self, tools: &Tools) {
        if self.checkpoint_in_ticks > 0 || self.is_over {
            self.checkpoint_in_ticks = self.checkpoint_in_ticks.saturating_sub(1);
            return;
        }
        self.checkpoint_in_ticks = TICKS_PER_SECOND - 1;
        let mirror = self.room.mirror();
        let player = |player: room::MirrorPlayer| CheckpointPlayer {
            player_id: player.player_id,
            x: player.x,
            y: player.y,
            online: player.online,
        };
        let projectile = |projectile: room::MirrorProjectile| ProjectileView {
            x: projectile.x,
            y: projectile.y,
            player_uuid: projectile.player_id,
        };
        let checkpoint = Checkpoint {
            room: self.key.room.clone(),
            relay: tools.relay_id.clone(),
            epoch: self.key.epoch,
            players: mirror.players.into_iter().map(player).collect(),
            projectiles: mirror.projectiles.into_iter().map(projectile).collect(),
            saved: lobby::Saved::default(),
        };
        let snapped = Snapped {
            key: self.key.clone(),
            checkpoint,
            made: Instant::now(),
        };
        if tools.reports.checkpoints.try_send(snapped).is_err() {
            tools.metrics.checkpoints_skipped.add(1);
        }
    }
}
