//! Owns the room: who sits where, when the match begins and ends, and the order of things within a tick.

use game::{Command, Commands, Event, Game, Mode, Ranking, SEATS_MAX, Seat, Seats, Sim, Standing};
use protocol::binary::{InputBatch, SnapshotHeader, TICK_MAX, encode_header};
use protocol::{ClientMessage, CloseCode, Encoding, Form, GameMessage, encode_snapshot};

use crate::chair::{Chair, Presence};
use crate::inputs::{Inputs, Used};
use crate::mirror::{Mirror, mirror};
use crate::snapshots::{Pulse, Snapshots};
use crate::{Counters, Outcome, Player, Refused, RoomConfig, RoomError, config};

/// A match and the players in it. The index of a player is his seat.
pub struct Room<G: Game> {
    pub(crate) config: RoomConfig,
    pub(crate) players: Vec<Player>,
    pub(crate) chairs: Vec<Chair>,
    pub(crate) sim: Sim<G>,
    started: bool,
    /// Calls of [`Room::handle_tick`]; they go on while the match waits for its players.
    pulses: Pulse,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) counters: Counters,
    pub(crate) events: Vec<Event>,
    pub(crate) snapshots: Snapshots,
    pub(crate) scratch: Vec<u8>,
}

impl<G: Game> Room<G> {
    /// A room whose match waits for its players.
    ///
    /// # Errors
    /// When there are no players, more than seats, one of them twice, or settings that the game refuses.
    pub fn new(config: RoomConfig, players: Vec<Player>) -> Result<Self, RoomError> {
        config::check(&config, &players, G::SETTINGS)?;
        Ok(Self {
            sim: Sim::new(config.seed, &config.settings, Seats::first(players.len())),
            chairs: players.iter().map(|_| Chair::new()).collect(),
            config,
            players,
            started: false,
            pulses: 0,
            outcome: None,
            counters: Counters::default(),
            events: Vec::new(),
            snapshots: Snapshots::new(),
            scratch: Vec::new(),
        })
    }

    /// As the lobby names it.
    pub fn room_id(&self) -> &str {
        &self.config.room_id
    }

    /// Which owner of the room this is.
    pub fn epoch(&self) -> u64 {
        self.config.epoch
    }

    /// The newest simulated tick; 0 until the match begins.
    pub fn tick(&self) -> u32 {
        self.sim.tick()
    }

    /// Where a player sits, whether he is there, away or gone.
    pub fn seat_of(&self, player_id: &str) -> Option<Seat> {
        Seat::new(
            self.players
                .iter()
                .position(|player| player.player_id == player_id)?,
        )
    }

    /// What happened so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// A connection took this seat. Queues `welcome` and a full snapshot. The caller closes the connection that held
    /// the seat before ([`CloseCode::Superseded`]), and does not report that one as disconnected.
    pub fn handle_connected(&mut self, seat: Seat, encoding: Encoding) {
        let Some(chair) = self.chairs.get_mut(seat.index()) else {
            return;
        };
        chair.connect(encoding);
        self.snapshots.set_stale();
        self.tell_welcome(seat, encoding);
        self.tell_outcome(seat);
    }

    /// The seat is kept; the others see `online: false`; its input becomes neutral.
    pub fn handle_disconnected(&mut self, seat: Seat) {
        if let Some(chair) = self.chairs.get_mut(seat.index()) {
            chair.disconnect();
            self.snapshots.set_stale();
        }
    }

    /// The player forfeited, or his record expired: the seat is given up for good. A match that is over stays as it is.
    pub fn handle_left(&mut self, seat: Seat) {
        let Some(chair) = self.chairs.get_mut(seat.index()) else {
            return;
        };
        if self.outcome.is_none() {
            chair.left = true;
            chair.give_up(CloseCode::Left);
            self.snapshots.set_stale();
        }
    }

    /// Whatever the seat's connection sent, decoded.
    ///
    /// # Errors
    /// When it has no effect; that is counted, and no reason to close.
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
            ClientMessage::Message(message) => self.pass_on(seat, &message),
        }
    }

    /// One sixtieth of a second has passed.
    pub fn handle_tick(&mut self) {
        if self.outcome.is_some() {
            return;
        }
        self.tell_presence();
        self.started |= self.is_ready();
        self.pulses += 1;
        self.snapshots.set_stale();
        self.finish_if_over();
        if self.started && self.outcome.is_none() {
            self.step();
            self.finish_if_over();
        }
        let (now, is_over) = (self.sim.tick(), self.outcome.is_some());
        for chair in &mut self.chairs {
            chair.handle_tick(now);
            let is_due = self.pulses.is_multiple_of(chair.snapshot_interval().into()) || is_over;
            chair.snapshot_due |= chair.connection.is_some() && is_due;
        }
    }

    /// The seat's next reliable message (`welcome`, events, `over`), appended to `out`, and the form it travels in; None
    /// when there is none. A lane is bounded: a seat whose lane overflowed reports it in [`Room::poll_close`].
    pub fn poll_reliable(&mut self, seat: Seat, out: &mut Vec<u8>) -> Option<Form> {
        self.chairs.get_mut(seat.index())?.lane.pop(out)
    }

    /// The newest snapshot if one is due for this seat, appended to `out`, and the form it travels in. Built here, at
    /// write time, against the last one that was taken; a caller whose socket is not writable does not call, and nothing
    /// piles up. What is taken must reach the client, in order.
    pub fn poll_snapshot(&mut self, seat: Seat, out: &mut Vec<u8>) -> Option<Form> {
        let online = self.online();
        let chair = self
            .chairs
            .get_mut(seat.index())
            .filter(|chair| chair.snapshot_due)?;
        let encoding = chair.connection?;
        chair.snapshot_due = false;
        self.counters.snapshots += 1;
        let Inputs { ack, margin, .. } = chair.inputs;
        self.snapshots.refresh(self.pulses, &self.sim);
        match encoding {
            Encoding::Json => {
                let body = self.snapshots.text(&self.sim, &self.players, online);
                encode_snapshot(ack, margin, body, out);
                Some(Form::Text)
            }
            Encoding::Binary => {
                let (baseline, body) = self.snapshots.binary(G::SCHEMA, chair.written);
                let header = SnapshotHeader {
                    tick: self.sim.tick(),
                    baseline,
                    ack: (ack > 0).then_some(ack),
                    margin: margin.clamp(-64, 63) as i8,
                };
                encode_header(&header, out);
                out.extend_from_slice(body);
                chair.written.push(self.pulses);
                Some(Form::Binary)
            }
        }
    }

    /// Why the room wants this seat's connection closed, once, and only after its last reliable message was taken.
    pub fn poll_close(&mut self, seat: Seat) -> Option<CloseCode> {
        self.chairs.get_mut(seat.index())?.poll_close()
    }

    /// Set once the match is over; the room ticks no further and its last messages are `over`.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// For the checkpoint, once a second.
    pub fn mirror(&self) -> Mirror {
        mirror(&self.sim, &self.players, |seat| {
            let chair = self.chairs.get(seat.index()).filter(|chair| !chair.left)?;
            Some(chair.connection.is_some())
        })
    }
}

impl<G: Game> Room<G> {
    fn take_batch(&mut self, seat: Seat, batch: &InputBatch) -> Result<(), Refused> {
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

    /// Gives an input to the seat, where it takes one, and counts what came of it; false: it was nothing new.
    fn take_input(
        &mut self,
        seat: Seat,
        take: impl FnOnce(u32, &mut Inputs) -> Result<bool, Refused>,
    ) -> Result<(), Refused> {
        let is_running = self.started && self.outcome.is_none();
        let taken = match self.chairs.get_mut(seat.index()) {
            Some(chair) if is_running && chair.connection.is_some() => {
                take(self.sim.tick(), &mut chair.inputs)
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

    fn pass_on(&mut self, seat: Seat, message: &GameMessage) -> Result<(), Refused> {
        let chair = self
            .chairs
            .get_mut(seat.index())
            .filter(|chair| chair.connection.is_some());
        if !chair.is_some_and(|chair| chair.talk.take()) {
            self.counters.messages_refused += 1;
            return Err(Refused::Flood);
        }
        self.counters.messages += 1;
        self.tell_message(seat, message);
        Ok(())
    }

    fn online(&self) -> Seats {
        let is_online = |seat: &Seat| {
            let chair = self.chairs.get(seat.index());
            chair.is_some_and(|chair| chair.connection.is_some())
        };
        Seat::all().filter(is_online).collect()
    }

    /// Leaves and absences reach the game before the step, by seat.
    fn tell_presence(&mut self) {
        for (seat, chair) in Seat::all().zip(&mut self.chairs) {
            let presence = chair.presence();
            if presence == chair.told {
                continue;
            }
            chair.told = presence;
            match presence {
                Presence::Here => self.sim.set_away(seat, false),
                Presence::Away => self.sim.set_away(seat, true),
                Presence::Left => self.sim.leave(seat),
            }
        }
    }

    /// All who have not left are in, or they were waited for long enough.
    fn is_ready(&self) -> bool {
        let is_in = |chair: &Chair| chair.left || chair.connection.is_some();
        self.pulses >= u64::from(self.config.grace_ticks) || self.chairs.iter().all(is_in)
    }

    fn step(&mut self) {
        let commands = self.commands();
        self.events.clear();
        self.sim.step(&commands, Mode::Authority, &mut self.events);
        self.tell_events();
    }

    fn commands(&mut self) -> Commands {
        let tick = self.sim.tick() + 1;
        let mut commands = [Command::default(); SEATS_MAX];
        for (command, chair) in commands.iter_mut().zip(&mut self.chairs) {
            *command = if chair.connection.is_none() {
                chair.inputs.neutral()
            } else {
                match chair.inputs.take(tick) {
                    Used::Given(command) => {
                        self.counters.inputs_applied += 1;
                        command
                    }
                    Used::Held(command) => {
                        self.counters.inputs_held += 1;
                        command
                    }
                    Used::Neutral(command) => command,
                }
            };
        }
        commands
    }

    fn finish_if_over(&mut self) {
        let everyone_left = self.chairs.iter().all(|chair| chair.left);
        // No snapshot can name a later tick.
        let must_end = everyone_left || self.sim.tick() >= TICK_MAX;
        let seats = Seats::first(self.players.len());
        let nobody_won = || must_end.then(|| Ranking::of(seats, |_| Standing::default()));
        if let Some(ranking) = self.sim.outcome().or_else(nobody_won) {
            self.outcome = Some(Outcome::new(&ranking, &self.players));
            Seat::all().for_each(|seat| self.tell_outcome(seat));
        }
    }
}
