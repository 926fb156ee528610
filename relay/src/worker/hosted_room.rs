//! A room on its worker, with the sessions of its players: reads, steps and writes in each tick.

mod checkpoints;
mod late;
mod sessions;

use std::sync::Arc;
use std::time::{Duration, Instant};

use game::{FRAMES_PER_SECOND, Game, Rate, Seat, Seats};
use lobby::timing::UNCONFIRMED_MAX;
use lobby::{Origin, Score};
use protocol::{CloseCode, Moved, WebTransport};
use room::{BotTerms, Counters, Fault, Player, Room};
use tokio::sync::oneshot;

use crate::metrics::Metrics;
use crate::net::closing::Closing;
use crate::net::session::Session;
use crate::rooms::checkpoint::{Place, snap};
use crate::worker::hosted::{Hosted, Status};
use crate::worker::journal::Journaling;
use crate::worker::late::{Late, LateTerms};
use crate::worker::messages::{
    Confirmed, End, FirstTick, Handover, LateReport, Reports, RoomExit, RoomKey, Snapped,
};

/// Rooms that arrive together are staggered, so that a worker does not save all of them in one tick.
const CHECKPOINT_TURNS: u32 = 12;
/// Interval between ownership checks of an unconfirmed room, in frames.
const CONFIRM_INTERVAL_FRAMES: u32 = FRAMES_PER_SECOND / 2;
/// [`UNCONFIRMED_MAX`] in frames.
const UNCONFIRMED_FRAMES_MAX: u32 = UNCONFIRMED_MAX.as_secs() as u32 * FRAMES_PER_SECOND;

/// The worker's resources that a room uses during a tick.
pub(crate) struct WorkerContext {
    pub(crate) relay_id: String,
    /// Minimum snapshot interval, in frames.
    pub(crate) snapshot_frames: u32,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) reports: Reports,
    pub(crate) journaling: Journaling,
    /// Ended sessions whose close frame is not yet sent.
    pub(crate) closing: Vec<Closing>,
    /// Frames since the current room last ran.
    pub(crate) frames: u32,
    /// Reused for every message.
    pub(crate) scratch: Vec<u8>,
}

/// What a room does in a tick.
#[derive(Clone, Copy, Debug)]
enum State {
    Running,
    /// Paused: the thread stalled for so long that another relay may own the room.
    Unconfirmed {
        since: Instant,
        waited_frames: u32,
    },
    /// Stopped: the room is being handed over.
    Frozen,
    /// The outcome was reported, and the lobby has not yet answered. Sessions still work.
    Over,
}

/// A room that this worker owns.
pub(crate) struct HostedRoom<G: Game> {
    key: Arc<RoomKey>,
    room: Room<G>,
    /// Indexed by seat.
    sessions: Vec<Option<Session>>,
    /// Sessions whose traces wait for their first tick, by seat; almost always empty.
    first_ticks: Vec<(Seat, FirstTick)>,
    /// Present in a pool with late joins.
    late: Option<Box<Late>>,
    /// Frames until the next checkpoint; for a sleeping room, until the next one without a step.
    checkpoint_in_frames: u32,
    /// For a sleeping room: frames since it last ran, and the tick of its newest checkpoint.
    slept_frames: u32,
    offered: Option<u32>,
    state: State,
    /// The counters that were already added to the metrics.
    counted: Counters,
}

impl<G: Game + Send> Hosted for HostedRoom<G> {
    fn rate(&self) -> Rate {
        G::RATE
    }

    fn handle_frames(&mut self, frames: u32) {
        self.slept_frames = self.slept_frames.saturating_add(frames);
        self.checkpoint_in_frames = self.checkpoint_in_frames.saturating_sub(frames);
        if matches!(self.state, State::Running) {
            self.room.handle_frames(frames);
        }
    }

    fn wakes_in(&self) -> Option<u32> {
        match self.state {
            State::Running => {
                let sessions = self.sessions.iter().flatten().map(Session::wakes_in);
                let checkpoint = self.checkpoint_wakes_in();
                let room = self.room.wakes_in();
                let late = self.late.as_ref().map(|late| late.wakes_in());
                let due = room.into_iter().chain(sessions).chain([checkpoint]);
                due.chain(late).min()
            }
            State::Unconfirmed { .. } | State::Over => Some(1),
            State::Frozen => None,
        }
    }

    fn limit_snapshots(&mut self, frames: u32) {
        self.room.limit_snapshots(frames);
    }

    fn seat_of(&self, player_id: &str) -> Option<Seat> {
        self.room.seat_of(player_id)
    }

    fn connect(&mut self, seat: Seat, mut session: Session, context: &mut WorkerContext) {
        if let Some(before) = self.sessions[seat.index()].take() {
            context
                .closing
                .extend(before.end(CloseCode::Superseded.into()));
        }
        if let Some(late) = &mut self.late {
            late.handle_settled(seat);
        }
        if session.is_lossy() && !G::RATE.is_on_command() {
            self.room.handle_connected_lossy(seat);
        } else {
            self.room.handle_connected(seat, session.encoding());
        }
        self.first_ticks.retain(|(other, _)| *other != seat);
        let first_tick = session.take_first_tick();
        self.first_ticks.extend(first_tick.map(|it| (seat, it)));
        self.sessions[seat.index()] = Some(session);
    }

    fn allow_bots(&mut self, terms: BotTerms) {
        self.room.allow_bots(terms);
    }

    fn allow_late(&mut self, terms: LateTerms) {
        self.late = Some(Box::new(Late::new(terms)));
    }

    fn join(&mut self, seat: Seat, player: Player, context: &mut WorkerContext) {
        self.join_late(seat, player, context);
    }

    fn leave(&mut self, player_id: &str, end: End, context: &mut WorkerContext) {
        if let Some(seat) = self.room.seat_of(player_id) {
            self.room.handle_left(seat);
            if let Some(session) = self.sessions[seat.index()].take() {
                context.closing.extend(session.end(end));
            }
        }
    }

    fn step(&mut self, context: &mut WorkerContext) -> Status {
        context.frames = self.frames();
        if matches!(self.state, State::Running | State::Over) {
            self.for_each_session(context, Self::read);
        }
        if matches!(self.state, State::Running) {
            if G::RATE.is_on_command() {
                self.room.handle_wake();
            } else {
                self.room.handle_tick();
            }
            let has_stepped = self.room.poll_journal(&mut context.journaling.entry);
            context.metrics.ticks.inc_by(has_stepped.into());
            if has_stepped && !self.first_ticks.is_empty() {
                self.notify_first_ticks();
            }
        }
        self.status()
    }

    fn write(&mut self, context: &mut WorkerContext) -> Status {
        context.frames = self.frames();
        match self.state {
            State::Running | State::Over => self.write_tick(context),
            State::Frozen => {}
            State::Unconfirmed {
                since,
                waited_frames,
            } => self.wait_for_confirmation(waited_frames, since, context),
        }
        self.slept_frames = 0;
        self.status()
    }

    fn status(&self) -> Status {
        Status {
            tick: self.room.tick(),
            has_fault: self.room.fault().is_some(),
        }
    }

    fn game(&self) -> &'static str {
        G::NAME
    }

    fn fault(&self) -> Option<&Fault> {
        self.room.fault()
    }

    fn begin(&mut self, dealt: u32, snapshot_frames: u32) {
        let turn = dealt % CHECKPOINT_TURNS;
        self.checkpoint_in_frames = turn * (checkpoints::INTERVAL_FRAMES / CHECKPOINT_TURNS);
        self.limit_snapshots(snapshot_frames);
    }

    fn set_unconfirmed(&mut self) {
        if matches!(self.state, State::Running) {
            self.state = State::Unconfirmed {
                since: Instant::now(),
                waited_frames: 0,
            };
        }
    }

    fn confirm(&mut self, confirmed: Confirmed) {
        self.room.handle_saved(confirmed.tick);
        if let State::Unconfirmed { since, .. } = self.state
            && confirmed.made >= since
        {
            self.state = State::Running;
        }
    }

    fn describe(&self, everything: bool, reply: oneshot::Sender<Vec<u8>>) {
        if let Some(state) = self.room.describe(everything) {
            // Fails only if nobody waits any more.
            let _ = reply.send(state);
        }
    }

    fn freeze(&mut self, reply: oneshot::Sender<Snapped>, context: &mut WorkerContext) {
        if G::RATE.is_on_command() && matches!(self.state, State::Running) {
            self.room.catch_up();
            self.room.poll_journal(&mut context.journaling.entry);
        }
        if matches!(self.state, State::Running | State::Unconfirmed { .. }) {
            self.state = State::Frozen;
            if self.late.is_some() {
                context
                    .reports
                    .late(&self.key, LateReport::Offer(Seats::NONE));
            }
            let (relay, nothing_follows) = (&context.relay_id, Place::default());
            let (room, is_awake) = (&mut self.room, Duration::ZERO);
            let last = snap(&self.key, relay, room, nothing_follows, None, is_awake);
            // Fails only if the drain has passed its deadline.
            let _ = reply.send(last);
        }
    }

    fn first_checkpoint(&mut self, relay: &str, place: Place, created_ms: Option<u64>) -> Snapped {
        let header = created_ms.map(|created_ms| self.room.replay_header(created_ms));
        self.snap_at(relay, place, header)
    }

    fn send_moved(&mut self, handover: &Handover) {
        for (player_id, ticket) in &handover.tickets {
            if let Some(seat) = self.room.seat_of(player_id) {
                let session = self.sessions[seat.index()].as_ref();
                let origin = session.and_then(Session::origin);
                let (url, path) = Origin::resolve(origin, handover.url.clone());
                let webtransport = handover.webtransport.clone();
                let webtransport = webtransport.and_then(|it| it.seen_from(session?.host()));
                let moved = Moved {
                    url,
                    path,
                    webtransport: webtransport.map(|it| WebTransport {
                        url: it.url,
                        certificate_sha256: it.certificate_sha256,
                    }),
                    ticket: ticket.clone(),
                    epoch: handover.epoch,
                };
                self.room.send_moved(seat, &moved);
            }
        }
    }

    fn end_sessions(&mut self, end: End, context: &mut WorkerContext) {
        for session in self.sessions.iter_mut().filter_map(Option::take) {
            context.closing.extend(session.end(end));
        }
    }

    fn write_last_messages(&mut self, end: End, context: &mut WorkerContext) {
        if self.room.outcome().is_none() || end == CloseCode::MatchOver.into() {
            self.for_each_session(context, Self::write_reliable);
        }
    }
}

impl<G: Game> HostedRoom<G> {
    pub(crate) fn new(key: Arc<RoomKey>, room: Room<G>) -> Self {
        Self {
            key,
            sessions: room.seats().iter().map(|_| None).collect(),
            first_ticks: Vec::new(),
            late: None,
            room,
            checkpoint_in_frames: 0,
            slept_frames: 0,
            offered: None,
            state: State::Running,
            counted: Counters::default(),
        }
    }

    /// Frames since the room last ran.
    fn frames(&self) -> u32 {
        if G::RATE.is_on_command() {
            self.slept_frames
        } else {
            G::RATE.frames_per_tick()
        }
    }

    fn write_tick(&mut self, context: &mut WorkerContext) {
        self.for_each_session(context, Self::write_session);
        let counted = self.room.counters();
        context.metrics.count_room(&self.counted, &counted);
        self.counted = counted;
        if matches!(self.state, State::Running) {
            self.report_outcome(context);
        }
        if matches!(self.state, State::Running) {
            self.checkpoint(context);
            self.run_late(context);
        }
    }

    fn report_outcome(&mut self, context: &WorkerContext) {
        let Some(outcome) = self.room.outcome() else {
            return;
        };
        let score = |score: &room::Score| Score {
            player_id: score.player_id.clone(),
            score: score.score,
            rank: score.rank,
            stats: score.stats.clone(),
        };
        let scores = outcome.scores.iter().map(score).collect();
        let last = Box::new(self.snap(context));
        context
            .reports
            .exit(&self.key, RoomExit::Over(scores, last));
        self.state = State::Over;
    }

    /// Checks ownership until the lobby confirms it. A lobby that does not answer cannot have given the room to
    /// another relay.
    fn wait_for_confirmation(
        &mut self,
        waited_frames: u32,
        since: Instant,
        context: &WorkerContext,
    ) {
        if waited_frames.is_multiple_of(CONFIRM_INTERVAL_FRAMES) {
            self.offer(context);
        }
        self.state = if waited_frames < UNCONFIRMED_FRAMES_MAX {
            let waited_frames = waited_frames + context.frames;
            State::Unconfirmed {
                since,
                waited_frames,
            }
        } else {
            State::Running
        };
    }
}
