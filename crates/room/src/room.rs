//! A room: its seats, and the messages from and to its players.

use std::collections::VecDeque;

use game::{Event, Game, Seat, SeatInputs, Seats, ShownError, hides, slots};
use protocol::binary::{Layout, SnapshotHeader, encode_header};
use protocol::record::{Action, MatchState, Presence, Record, room_key};
use protocol::{ClientMessage, CloseCode, Encoding, Form, encode_snapshot, roster};

use crate::bots::Bots;
use crate::chat_limiter::{CHAT_SEATS_MAX, ChatLimiter};
use crate::datagrams::Lossy;
use crate::inputs::Inputs;
use crate::late::Pending;
use crate::mirror::{Mirror, mirror};
use crate::partial::{Partials, is_limited};
use crate::recorder::Recorder;
use crate::seat_state::SeatState;
use crate::sleep::Sleep;
use crate::snapshots::{FrameNumber, Snapshots};
use crate::{Counters, Fault, Outcome, Player, Refused, RoomConfig, RoomError, config};

/// A match and its players. The index of a player is the seat.
pub struct Room<G: Game> {
    pub(crate) config: RoomConfig,
    pub(crate) players: Vec<Player>,
    /// By seat: the first tick of a player who joined late; 0 for a player of the start.
    pub(crate) joined_at: Vec<u32>,
    /// Players who joined but are not in a record yet, oldest first.
    pub(crate) joins: VecDeque<Pending>,
    pub(crate) seat_states: Vec<SeatState>,
    pub(crate) shown: MatchState<G>,
    /// Set while the match waits for its players.
    pub(crate) waiting: Option<Box<Waiting<G>>>,
    /// Frames (1/60 s) of all calls of [`Room::handle_tick`]; they also count while the match waits.
    pub(crate) frames: FrameNumber,
    /// The time without steps, in a game that steps on commands.
    pub(crate) sleep: Sleep,
    /// None if the room has no bots.
    pub(crate) bots: Option<Box<Bots>>,
    pub(crate) recorder: Recorder,
    /// The shared limit of all seats.
    pub(crate) chat_limiter: ChatLimiter,
    /// The newest record, reused.
    pub(crate) record: Record,
    /// Accepted inputs that no tick has applied yet, oldest first.
    pub(crate) actions: VecDeque<Action>,
    pub(crate) outcome: Option<Outcome>,
    /// Once set, the room neither ticks nor sends.
    pub(crate) fault: Option<Fault>,
    pub(crate) counters: Counters,
    pub(crate) events: Vec<Event>,
    /// One for all seats, or one for each seat in a game that hides players or entities.
    pub(crate) snapshots: Vec<Snapshots>,
    /// Snapshots of clients that use datagrams; empty until one connects.
    pub(crate) lossy: Lossy,
    /// One for each seat, in a game whose snapshots have a size limit.
    pub(crate) partials: Vec<Partials>,
    pub(crate) scratch: Vec<u8>,
    /// Minimum snapshot interval, in frames.
    pub(crate) snapshot_frames: u32,
}

/// The state of a match that waits, before its first tick or at a new relay.
pub(crate) struct Waiting<G> {
    /// The match state according to its records. [`Room::shown`] also has the current presence, which
    /// is recorded with the next step.
    pub(crate) recorded: MatchState<G>,
    /// Seats that must be connected before the match continues.
    pub(crate) wanted: Seats,
    /// Maximum wait, in frames.
    pub(crate) grace_frames: u32,
}

impl<G: Game> Room<G> {
    /// Creates a room whose match waits for its players.
    ///
    /// # Errors
    /// When there are no players or more players than seats, when a player occurs twice, or when the
    /// game refuses the settings.
    pub fn new(config: RoomConfig, players: Vec<Player>) -> Result<Self, RoomError> {
        config::check::<G>(&config, &players)?;
        let key = room_key(&config.room_id, config.epoch);
        let state = MatchState::new(config.seed, &config.settings, &roster(&players));
        let recorder = Recorder::new(key, 0, SeatInputs::neutral(slots(&G::SEATS)), false);
        Ok(Self::assemble(config, players, state, recorder))
    }

    /// A room that waits for all of its players.
    pub(crate) fn assemble(
        config: RoomConfig,
        players: Vec<Player>,
        state: MatchState<G>,
        recorder: Recorder,
    ) -> Self {
        let snapshots = if hides::<G>() { players.len() } else { 1 };
        let partials = if is_limited::<G>() {
            slots(&G::SEATS)
        } else {
            0
        };
        let waiting = Waiting {
            recorded: state.clone(),
            wanted: Seats::first(players.len()),
            grace_frames: config.grace_frames,
        };
        Self {
            shown: state,
            seat_states: players
                .iter()
                .map(|_| SeatState::new(G::INPUT, G::RATE))
                .collect(),
            joined_at: vec![0; players.len()],
            joins: VecDeque::new(),
            config,
            players,
            waiting: Some(Box::new(waiting)),
            frames: 0,
            sleep: Sleep::default(),
            bots: None,
            recorder,
            chat_limiter: ChatLimiter::new(CHAT_SEATS_MAX),
            record: Record::new(slots(&G::SEATS)),
            actions: VecDeque::new(),
            outcome: None,
            fault: None,
            counters: Counters::default(),
            events: Vec::new(),
            snapshots: (0..snapshots).map(|_| Snapshots::default()).collect(),
            lossy: Lossy::default(),
            partials: (0..partials).map(|_| Partials::default()).collect(),
            scratch: Vec::new(),
            snapshot_frames: 1,
        }
    }

    /// Sets the minimum snapshot interval for every player, in frames (1/60 s). The default is 1.
    pub fn limit_snapshots(&mut self, frames: u32) {
        self.snapshot_frames = frames.max(1);
    }

    /// The room's id in the lobby.
    pub fn room_id(&self) -> &str {
        &self.config.room_id
    }

    /// The epoch of this relay's ownership.
    pub fn epoch(&self) -> u64 {
        self.config.epoch
    }

    /// The newest simulated tick; 0 before the match begins.
    pub fn tick(&self) -> u32 {
        self.shown.sim().tick()
    }

    /// The seats of its players.
    pub fn seats(&self) -> Seats {
        Seats::first(self.players.len())
    }

    /// The player's seat, whether the player is connected, away or gone.
    pub fn seat_of(&self, player_id: &str) -> Option<Seat> {
        Seat::new(
            self.players
                .iter()
                .position(|player| player.player_id == player_id)?,
        )
    }

    /// The player of this seat.
    pub fn player(&self, seat: Seat) -> Option<&Player> {
        self.players.get(seat.index())
    }

    /// The counters since the room was created.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Handles a new connection of this seat. Queues `welcome` and a full snapshot. The caller closes
    /// the seat's previous connection ([`CloseCode::Superseded`]) without reporting it as
    /// disconnected.
    pub fn handle_connected(&mut self, seat: Seat, encoding: Encoding) {
        let Some(seat_state) = self.seat_states.get_mut(seat.index()) else {
            return;
        };
        seat_state.connect(encoding);
        self.set_stale();
        self.send_welcome(seat, encoding);
        self.send_outcome(seat);
    }

    /// Handles a closed connection. The seat is kept, the others see `online: false`, and its input becomes neutral.
    pub fn handle_disconnected(&mut self, seat: Seat) {
        if let Some(seat_state) = self.seat_states.get_mut(seat.index()) {
            seat_state.disconnect();
            self.set_stale();
        }
    }

    /// Gives up the seat permanently, because the player forfeited or their record expired. Has no
    /// effect on a finished match.
    pub fn handle_left(&mut self, seat: Seat) {
        let Some(seat_state) = self.seat_states.get_mut(seat.index()) else {
            return;
        };
        if self.outcome.is_none() {
            seat_state.left = true;
            seat_state.give_up(CloseCode::Left);
            self.set_stale();
        }
    }

    /// Handles a decoded message from the seat's connection.
    ///
    /// # Errors
    /// When the message has no effect. This is counted, and no reason to close the connection.
    pub fn handle_message(&mut self, seat: Seat, message: ClientMessage) -> Result<(), Refused> {
        match message {
            ClientMessage::Input {
                tick,
                input,
                seen,
                view_delay,
            } => self.take_input(seat, |now, inputs| {
                inputs
                    .push(now, tick, input, seen, view_delay)
                    .map(|()| true)
            }),
            ClientMessage::Inputs(batch) => self.take_batch(seat, &batch),
            ClientMessage::Command(command) => self.request(seat, &command),
            ClientMessage::Message(message) => self.pass_on(seat, &message),
        }
    }

    /// Appends the seat's next reliable message (`welcome`, events, `over`) to `out` and returns its
    /// form; None if there is none. Events wait for the next snapshot if it is due in less than
    /// [`crate::QUEUE_FRAMES_MAX`]. The queue is bounded: [`Room::poll_close`] reports a seat whose
    /// queue overflowed.
    pub fn poll_reliable(&mut self, seat: Seat, out: &mut Vec<u8>) -> Option<Form> {
        let seat_state = self.seat_states.get_mut(seat.index())?;
        let is_due = seat_state.snapshot_due || seat_state.reliable_queue.is_urgent();
        is_due.then(|| seat_state.reliable_queue.pop(out)).flatten()
    }

    /// Appends the newest snapshot to `out`, if one is due for this seat, and returns its form. The
    /// snapshot is encoded in this call, relative to the last one that was taken. A caller whose socket
    /// is not writable does not call, so no snapshots queue up. A taken snapshot must reach the client,
    /// in order.
    pub fn poll_snapshot(&mut self, seat: Seat, out: &mut Vec<u8>) -> Option<Form> {
        let seat_state = self.seat_states.get(seat.index());
        let encoding = seat_state
            .filter(|seat_state| seat_state.snapshot_due)?
            .connection?;
        self.counters.snapshots += 1;
        let (of, readers) = if hides::<G>() {
            let of = seat.index();
            (of, self.seat_states.get(of..=of)?)
        } else {
            (0, self.seat_states.as_slice())
        };
        let written = readers.iter().map(|seat_state| seat_state.written);
        let snapshots = self.snapshots.get_mut(of)?;
        let frame = self.frames + self.sleep.steps;
        let shown = snapshots.refresh(frame, self.shown.sim(), seat, &written);
        if let Err(error) = shown {
            self.fail(error);
            return None;
        }
        let seat_state = self.seat_states.get_mut(seat.index())?;
        seat_state.snapshot_due = false;
        let Inputs { ack, margin, .. } = seat_state.inputs;
        match encoding {
            Encoding::Json => {
                let online = self.online();
                let snapshots = self.snapshots.get_mut(of)?;
                let body = snapshots.text(self.shown.sim(), &self.players, online);
                encode_snapshot(ack, margin, body, out);
                Some(Form::Text)
            }
            Encoding::Binary => {
                let (snapshots, written) = (self.snapshots.get_mut(of)?, seat_state.written);
                let (baseline, body) = if is_limited::<G>() {
                    let partials = self.partials.get_mut(seat.index())?;
                    let is_free = |frame| !written.names(frame);
                    partials.binary(snapshots, self.shown.sim(), seat, written, is_free)
                } else {
                    snapshots.binary(Layout::of::<G>(), written)
                };
                let header = SnapshotHeader {
                    tick: self.shown.sim().tick(),
                    baseline,
                    ack: (ack > 0).then_some(ack),
                    margin: margin.clamp(-64, 63) as i8,
                };
                encode_header(&header, out);
                out.extend_from_slice(body);
                seat_state.written.push(frame);
                Some(Form::Binary)
            }
        }
    }

    /// The close code if the room wants to close this seat's connection. Returned once, and only after
    /// the last reliable message was taken.
    pub fn poll_close(&mut self, seat: Seat) -> Option<CloseCode> {
        self.seat_states.get_mut(seat.index())?.poll_close()
    }

    /// The result, once the match is over. The room then does not tick, and its last messages are `over`.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// Set once the game breaks a limit of its schema. The match cannot continue: every connection is
    /// closed with [`CloseCode::RoomFailed`], and the caller ends the room.
    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// The mirror for a checkpoint.
    pub fn mirror(&self) -> Mirror {
        mirror(self.shown.sim(), &self.players, |seat| {
            let seat_state = self
                .seat_states
                .get(seat.index())
                .filter(|seat_state| !seat_state.left)?;
            Some(seat_state.connection.is_some())
        })
    }
}

impl<G: Game> Room<G> {
    #[cold]
    pub(crate) fn fail(&mut self, error: ShownError) {
        self.fault = Some(Fault {
            game: G::NAME,
            tick: self.tick(),
            error,
        });
        for seat_state in &mut self.seat_states {
            seat_state.give_up(CloseCode::RoomFailed);
        }
    }

    /// Marks the snapshots as outdated, after a change of presence or a tick.
    pub(crate) fn set_stale(&mut self) {
        self.snapshots.iter_mut().for_each(Snapshots::set_stale);
    }

    pub(crate) fn online(&self) -> Seats {
        let is_online = |seat: &Seat| {
            let seat_state = self.seat_states.get(seat.index());
            seat_state.is_some_and(|seat_state| seat_state.presence() == Presence::Here)
        };
        self.seats().iter().filter(is_online).collect()
    }
}
