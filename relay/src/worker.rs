//! A worker: one thread that owns rooms and their sockets. It sleeps until the next phase of the frame (1/60 s). Then
//! it reads and steps the rooms of that phase that have a tick in this frame and the sleeping rooms that are due,
//! appends to the journal, and writes to the players. Its mailbox is the only channel on this path; there is no lock.

mod calls;
pub(crate) mod hosted;
pub(crate) mod hosted_room;
pub(crate) mod journal;
pub(crate) mod late;
pub(crate) mod load_shedder;
pub(crate) mod messages;
mod placement;
pub(crate) mod schedule;
pub(crate) mod sleepers;
pub(crate) mod watch;
pub(crate) mod watchdog;

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

use lobby::timing::WORKER_STALL;
use mio::Waker;
use protocol::CloseCode;

use crate::config::Limits;
use crate::net::poller::Poller;
use crate::net::session::Session;
use crate::worker::hosted::{Hosted, OnWorker, Status};
use crate::worker::hosted_room::WorkerContext;
use crate::worker::load_shedder::LoadShedder;
use crate::worker::messages::{End, RESTART};
use crate::worker::messages::{NewConnection, RoomExit, RoomKey, ToWorker};
use crate::worker::placement::{phases_for, quietest_turn};
use crate::worker::schedule::{PHASES, Schedule, Slot, frame_at, frame_due};
use crate::worker::sleepers::Sleepers;
use crate::worker::watch::Watch;

/// Longest wait while no room steps, and connections are closing or the journal waits for Redis.
const BUSY: Duration = Duration::from_millis(10);
/// Longest wait otherwise: less than a stall, and short enough that the journal has a connection before the next room
/// arrives.
const IDLE: Duration = Duration::from_millis(500);
const _: () = assert!(IDLE.as_millis() < WORKER_STALL.as_millis());
/// How long a stopping worker waits until its close frames are sent.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(500);
/// If some rooms sleep and others do not, the sockets are polled in every second phase, which is every 4 ms.
const LISTEN_STRIDE: usize = PHASES / 4;

/// The state of a worker's thread.
pub(crate) struct Worker {
    mailbox: Receiver<ToWorker>,
    context: WorkerContext,
    limits: Arc<Limits>,
    watch: Arc<Watch>,
    poller: Poller,
    /// The rooms, by the phase of the frame in which they run.
    groups: [Vec<OnWorker>; PHASES],
    /// The rooms that run only when there is something to do.
    sleepers: Sleepers,
    /// The numbers of the sleeping rooms that run in this slot. Reused.
    awake: Vec<u64>,
    frame: u64,
    /// Number of rooms hosted so far.
    dealt: u32,
    load_shedder: LoadShedder,
    is_ending: bool,
}

impl Worker {
    /// Fails if the system cannot create a poller.
    pub(crate) fn new(
        mailbox: Receiver<ToWorker>,
        context: WorkerContext,
        limits: Arc<Limits>,
        watch: Arc<Watch>,
    ) -> io::Result<Self> {
        Ok(Self {
            mailbox,
            context,
            limits,
            watch,
            poller: Poller::new()?,
            groups: [const { Vec::new() }; PHASES],
            sleepers: Sleepers::default(),
            awake: Vec::new(),
            frame: 0,
            dealt: 0,
            load_shedder: LoadShedder::default(),
            is_ending: false,
        })
    }

    /// Wakes this worker's thread.
    pub(crate) fn waker(&self) -> Arc<Waker> {
        self.poller.waker()
    }

    /// Runs until [`ToWorker::Shutdown`], or until its rooms were given to other relays.
    pub(crate) fn run(mut self) {
        self.watch.begin();
        let began = Instant::now();
        let mut schedule = Schedule::default();
        let mut woke = began;
        while !self.is_ending && !self.watch.is_lost() {
            let slot = if self.groups.iter().all(Vec::is_empty) {
                self.wait(began);
                schedule.rest_until(began.elapsed());
                self.load_shedder.rest();
                Slot::of(frame_at(began.elapsed()))
            } else {
                let slot = schedule.next(began.elapsed(), |phase| self.is_wanted(phase));
                self.wait_until(slot, began);
                slot
            };
            if woke.elapsed() > WORKER_STALL {
                self.handle_stall();
            }
            woke = Instant::now();
            self.serve(slot);
        }
        self.close_all();
    }

    /// Without rooms, or while all of them sleep: waits until a room is due, a socket is ready or a message arrives.
    fn wait(&mut self, began: Instant) {
        let lags = self.context.journaling.poll();
        let is_idle = self.context.closing.is_empty() && !lags;
        let patience = if is_idle { IDLE } else { BUSY };
        let due = self.sleepers.next_due().map(frame_due);
        let due = due.map_or(IDLE, |due| due.saturating_sub(began.elapsed()));
        self.poller.wait(patience.min(due));
    }

    /// Waits for a slot.
    fn wait_until(&mut self, slot: Slot, began: Instant) {
        let metrics = &self.context.metrics;
        metrics.ticks_skipped.inc_by(slot.frames_skipped);
        let spare = slot.due.saturating_sub(began.elapsed());
        thread::sleep(spare);
        let now = began.elapsed();
        let late = now.saturating_sub(slot.due);
        metrics.tick_lateness.observe(late.as_secs_f64());
        self.shed_load(now, late, spare);
        self.poller.poll();
    }

    /// Handles messages and runs the rooms of a slot.
    fn serve(&mut self, slot: Slot) {
        self.frame = slot.frame;
        for number in self.poller.take_woken() {
            self.sleepers.wake(number, slot.frame);
        }
        loop {
            match self.mailbox.try_recv() {
                Ok(message) => self.handle(message),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    self.is_ending = true;
                    break;
                }
            }
        }
        self.tick(slot);
        self.context.closing.retain_mut(|closing| !closing.poll());
    }

    /// Keeps ticks on time: reduces the snapshot rate on a core that is too slow.
    fn shed_load(&mut self, now: Duration, late: Duration, slept: Duration) {
        let phases = (0..PHASES).filter(|&phase| self.is_wanted(phase));
        let phases = phases.count() as u32;
        if self.load_shedder.note(now, phases, late, slept) {
            let frames = self.snapshot_frames();
            tracing::warn!(frames, "the load shedder changed the snapshot interval");
            for hosted in self.groups.iter_mut().flatten() {
                hosted.room.limit_snapshots(frames);
            }
        }
    }

    /// Whether there is anything to do in this phase of each frame.
    fn is_wanted(&self, phase: usize) -> bool {
        let listens = !self.sleepers.is_empty() && phase.is_multiple_of(LISTEN_STRIDE);
        listens || !self.groups[phase].is_empty()
    }

    fn snapshot_frames(&self) -> u32 {
        self.context
            .snapshot_frames
            .max(self.load_shedder.snapshot_frames())
    }

    fn rooms(&self) -> usize {
        self.groups.iter().map(Vec::len).sum::<usize>() + self.sleepers.len()
    }

    fn handle(&mut self, message: ToWorker) {
        match message {
            ToWorker::Host(key, room, confirmed) => self.host(key, room, confirmed),
            ToWorker::Connect(connection) => self.connect(connection),
            ToWorker::Wake(number) => self.sleepers.wake(number, self.frame),
            ToWorker::Join(key, seat, player) => {
                self.with_room(&key, |room, context| room.join(seat, player, context));
                self.sleepers.wake(key.number(), self.frame);
            }
            ToWorker::Left(key, player, end) => {
                self.with_room(&key, |room, context| room.leave(&player, end, context));
                self.sleepers.wake(key.number(), self.frame);
            }
            ToWorker::Saved(key, confirmed) => {
                self.with_room(&key, |room, _| room.confirm(confirmed));
            }
            ToWorker::Describe(key, everything, reply) => {
                self.with_room(&key, |room, _| room.describe(everything, reply));
            }
            ToWorker::Freeze(key, reply) => {
                self.sleepers.pass_to(self.frame, key.number());
                self.with_room(&key, |room, context| room.freeze(reply, context));
            }
            ToWorker::Move(key, handover) => {
                self.with_room(&key, |room, _| room.send_moved(&handover));
                self.drop_room(&key, CloseCode::Moved.into());
            }
            ToWorker::Drop(key, end) => self.drop_room(&key, end),
            ToWorker::Link(link) => self.context.journaling.attach(link),
            ToWorker::Shutdown => self.is_ending = true,
        }
    }

    fn host(&mut self, key: Arc<RoomKey>, mut room: Box<dyn Hosted>, confirmed: Instant) {
        self.dealt = self.dealt.wrapping_add(1);
        room.begin(self.dealt, self.snapshot_frames());
        if confirmed.elapsed() > WORKER_STALL {
            room.set_unconfirmed();
        }
        self.context.metrics.rooms.inc();
        if room.rate().is_on_command() {
            return self.sleepers.insert(OnWorker::new(key, room, 0));
        }
        let in_groups = self.rooms() - self.sleepers.len();
        let stride = PHASES / phases_for(in_groups + 1);
        let open = self.groups.iter_mut().step_by(stride);
        if let Some(group) = open.min_by_key(|group| group.len()) {
            let turn = quietest_turn(group, room.rate().frames_per_tick());
            group.push(OnWorker::new(key, room, turn));
        }
    }

    fn connect(&mut self, connection: NewConnection) {
        let key = connection.key.clone();
        let player_id = connection.player_id.clone();
        let (limits, metrics) = (self.limits.clone(), self.context.metrics.clone());
        let wakes = Some(key.number()).filter(|&number| self.sleepers.has(number));
        let session = Session::new(connection, limits, metrics, &mut self.poller, wakes);
        // An error means that the peer is already gone.
        let Ok(session) = session else { return };
        let mut session = Some(session);
        let mut refusal = CloseCode::Moved;
        self.with_room(&key, |room, context| {
            match (room.seat_of(&player_id), session.take()) {
                (Some(seat), Some(session)) => room.connect(seat, session, context),
                (_, unseated) => {
                    refusal = CloseCode::Left;
                    session = unseated;
                }
            }
        });
        self.context
            .closing
            .extend(session.and_then(|session| session.end(refusal.into())));
        self.sleepers.wake(key.number(), self.frame);
    }

    /// Steps all rooms of the phase that have a tick in this frame, and the sleeping rooms that are due. Then it
    /// writes one journal entry, and only then to players.
    fn tick(&mut self, slot: Slot) {
        self.sleepers.take_due(slot.frame, &mut self.awake);
        for &number in &self.awake {
            self.sleepers.pass_to(slot.frame, number);
        }
        self.for_each_room(slot, |room, context| room.step(context));
        self.for_each_awake(|room, context| room.step(context));
        if self.watch.is_lost() {
            return;
        }
        self.context.journaling.commit();
        self.for_each_room(slot, |room, context| room.write(context));
        self.for_each_awake(|room, context| room.write(context));
        for number in self.awake.drain(..) {
            self.sleepers.rest(number, slot.frame);
        }
    }

    fn for_each_room(
        &mut self,
        Slot { frame, phase, .. }: Slot,
        run: impl Fn(&mut dyn Hosted, &mut WorkerContext) -> Status,
    ) {
        let mut index = 0;
        while index < self.groups[phase].len() && !self.watch.is_lost() {
            if !self.groups[phase][index].is_due(frame) {
                index += 1;
                continue;
            }
            if self.run_room(Place::Phase(phase, index), &run) {
                index += 1;
            }
        }
    }

    /// Runs `run` for the sleeping rooms of this slot.
    fn for_each_awake(&mut self, run: impl Fn(&mut dyn Hosted, &mut WorkerContext) -> Status) {
        for at in 0..self.awake.len() {
            let number = self.awake[at];
            if self.sleepers.has(number) && !self.watch.is_lost() {
                self.run_room(Place::Asleep(number), &run);
            }
        }
    }

    fn handle_stall(&mut self) {
        tracing::warn!("worker stalled; re-validating room ownership");
        let rooms = self.groups.iter_mut().flatten();
        let rooms = rooms.chain(self.sleepers.iter_mut());
        rooms.for_each(|hosted| hosted.room.set_unconfirmed());
    }

    fn drop_room(&mut self, key: &Arc<RoomKey>, end: End) {
        let place = self.find(key);
        if let Some(OnWorker {
            room: mut hosted, ..
        }) = place.and_then(|place| self.remove(place))
        {
            hosted.write_last_messages(end, &mut self.context);
            hosted.end_sessions(end, &mut self.context);
            self.context.metrics.rooms.dec();
        }
        self.context.reports.exit(key, RoomExit::Gone);
    }

    /// Fast path: the key is almost always the room's own pointer, so names need not be compared.
    fn find(&self, key: &Arc<RoomKey>) -> Option<Place> {
        let number = key.number();
        if self.sleepers.has(number) {
            return Some(Place::Asleep(number));
        }
        self.find_by(|other| Arc::ptr_eq(other, key))
            .or_else(|| self.find_by(|other| other == key))
    }

    fn find_by(&self, is_it: impl Fn(&Arc<RoomKey>) -> bool) -> Option<Place> {
        self.groups.iter().enumerate().find_map(|(phase, group)| {
            let index = group.iter().position(|hosted| is_it(&hosted.key))?;
            Some(Place::Phase(phase, index))
        })
    }

    fn remove(&mut self, place: Place) -> Option<OnWorker> {
        match place {
            Place::Phase(phase, index) => Some(self.groups[phase].swap_remove(index)),
            Place::Asleep(number) => self.sleepers.remove(number),
        }
    }

    /// Closes the sessions of rooms that could not be handed over. These rooms wait in the lobby with their journal.
    fn close_all(mut self) {
        let rooms = self.groups.iter_mut().flatten();
        for hosted in rooms.chain(self.sleepers.iter_mut()) {
            hosted.room.end_sessions(RESTART, &mut self.context);
        }
        let until = Instant::now() + CLOSE_TIMEOUT;
        while (self.context.journaling.poll() || !self.context.closing.is_empty())
            && Instant::now() < until
        {
            self.poller.poll();
            self.context.closing.retain_mut(|closing| !closing.poll());
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// The position of a room on its worker.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// The phase, and the index in its group.
    Phase(usize, usize),
    /// The number of a sleeping room.
    Asleep(u64),
}
