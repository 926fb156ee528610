//! Owns the room: who sits where, when the match begins and ends, and the order of things within a tick.

use game::{
    Command, Commands, Event, Game, Mode, Ranking, SEATS_MAX, Seat, Seats, Sim, Standing,
    TICKS_PER_SECOND, View,
};
use protocol::{
    ClientMessage, CloseCode, Encoding, Frame, Greeting, encode_body, encode_event, encode_over,
    encode_snapshot, encode_welcome,
};

use crate::chair::{Chair, Presence};
use crate::inputs::Used;
use crate::mirror::{Mirror, mirror};
use crate::{Counters, Outcome, Player, Refused, RoomConfig, RoomError, config};

/// From one snapshot to the next.
const SNAPSHOT_TICKS: u64 = (TICKS_PER_SECOND / Encoding::Json.snapshot_hz()) as u64;

/// A match and the players in it. The index of a player is his seat.
pub struct Room<G: Game> {
    config: RoomConfig,
    players: Vec<Player>,
    chairs: Vec<Chair>,
    sim: Sim<G>,
    started: bool,
    /// Calls of [`Room::handle_tick`]; they go on while the match waits for its players.
    pulses: u64,
    outcome: Option<Outcome>,
    counters: Counters,
    events: Vec<Event>,
    view: View,
    /// The shared part of the snapshot, and whether it shows the newest state.
    body: Vec<u8>,
    body_is_fresh: bool,
    scratch: Vec<u8>,
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
            view: View::default(),
            body: Vec::new(),
            body_is_fresh: false,
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
        self.body_is_fresh = false;
        let greeting = Greeting {
            seat,
            tick: self.sim.tick(),
            room_id: &self.config.room_id,
            epoch: self.config.epoch,
            settings: &self.config.settings,
            players: &self.players,
        };
        self.scratch.clear();
        encode_welcome::<G>(encoding, &greeting, &mut self.scratch);
        self.tell(seat);
        self.tell_outcome(seat);
    }

    /// The seat is kept; the others see `online: false`; its input becomes neutral.
    pub fn handle_disconnected(&mut self, seat: Seat) {
        if let Some(chair) = self.chairs.get_mut(seat.index()) {
            chair.disconnect();
            self.body_is_fresh = false;
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
            self.body_is_fresh = false;
        }
    }

    /// Whatever the seat's connection sent, decoded.
    ///
    /// # Errors
    /// When it has no effect; that is counted, and no reason to close.
    pub fn handle_message(&mut self, seat: Seat, message: ClientMessage) -> Result<(), Refused> {
        let ClientMessage::Input {
            tick,
            input,
            seen,
            view_delay,
        } = message;
        let is_running = self.started && self.outcome.is_none();
        let pushed = match self.chairs.get_mut(seat.index()) {
            Some(chair) if is_running && chair.connection.is_some() => {
                chair
                    .inputs
                    .push(self.sim.tick(), tick, input, seen, view_delay)
            }
            _ => Err(Refused::NotRunning),
        };
        match pushed {
            Ok(()) => {}
            Err(Refused::Late) => self.counters.inputs_late += 1,
            Err(Refused::Early) => self.counters.inputs_early += 1,
            Err(Refused::NotRunning) => self.counters.inputs_not_running += 1,
        }
        pushed
    }

    /// One sixtieth of a second has passed.
    pub fn handle_tick(&mut self) {
        if self.outcome.is_some() {
            return;
        }
        self.tell_presence();
        self.started |= self.is_ready();
        self.pulses += 1;
        self.body_is_fresh = false;
        self.finish_if_over();
        if self.started && self.outcome.is_none() {
            self.step();
            self.finish_if_over();
        }
        if self.pulses.is_multiple_of(SNAPSHOT_TICKS) || self.outcome.is_some() {
            for chair in self
                .chairs
                .iter_mut()
                .filter(|chair| chair.connection.is_some())
            {
                chair.snapshot_due = true;
            }
        }
    }

    /// The seat's next reliable message (`welcome`, `event`, `over`), appended to `out`; false when there is none.
    /// A lane is bounded: a seat whose lane overflowed reports it in [`Room::poll_close`].
    pub fn poll_reliable(&mut self, seat: Seat, out: &mut Vec<u8>) -> bool {
        self.chairs
            .get_mut(seat.index())
            .is_some_and(|chair| chair.lane.pop(out))
    }

    /// The newest snapshot if one is due for this seat, appended to `out`. Built here, at write time; a caller whose
    /// socket is not writable does not call, and nothing piles up.
    pub fn poll_snapshot(&mut self, seat: Seat, out: &mut Vec<u8>) -> bool {
        let due = |chair: &&mut Chair| chair.snapshot_due;
        let Some(chair) = self.chairs.get_mut(seat.index()).filter(due) else {
            return false;
        };
        let Some(encoding) = chair.connection else {
            return false;
        };
        chair.snapshot_due = false;
        let (ack, margin) = (chair.inputs.ack, chair.inputs.margin);
        self.refresh_body(encoding);
        encode_snapshot(encoding, ack, margin, &self.body, out);
        self.counters.snapshots += 1;
        true
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
        for at in 0..self.events.len() {
            self.tell_event(self.events[at]);
        }
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
        let seats = Seats::first(self.players.len());
        let nobody_won = || everyone_left.then(|| Ranking::of(seats, |_| Standing::default()));
        if let Some(ranking) = self.sim.outcome().or_else(nobody_won) {
            self.outcome = Some(Outcome::new(&ranking, &self.players));
            Seat::all().for_each(|seat| self.tell_outcome(seat));
        }
    }

    fn tell_event(&mut self, event: Event) {
        let encoding = Encoding::Json;
        self.scratch.clear();
        encode_event(
            encoding,
            G::SCHEMA,
            &self.players,
            self.sim.tick(),
            &event,
            &mut self.scratch,
        );
        Seat::all().for_each(|seat| self.tell(seat));
    }

    fn tell_outcome(&mut self, seat: Seat) {
        let Some(outcome) = &self.outcome else { return };
        let Some(encoding) = self
            .chairs
            .get(seat.index())
            .and_then(|chair| chair.connection)
        else {
            return;
        };
        self.scratch.clear();
        encode_over(encoding, &outcome.scores, &mut self.scratch);
        self.tell(seat);
        if let Some(chair) = self
            .chairs
            .get_mut(seat.index())
            .filter(|chair| chair.connection.is_some())
        {
            chair.close_when_told(CloseCode::MatchOver);
        }
    }

    /// Puts what is in `scratch` into the seat's lane.
    fn tell(&mut self, seat: Seat) {
        let is_there = |chair: &&mut Chair| chair.connection.is_some();
        if let Some(chair) = self.chairs.get_mut(seat.index()).filter(is_there)
            && !chair.lane.push(&self.scratch)
        {
            chair.give_up(CloseCode::TooSlow);
            self.counters.lanes_overflowed += 1;
            self.body_is_fresh = false;
        }
    }

    fn refresh_body(&mut self, encoding: Encoding) {
        if self.body_is_fresh {
            return;
        }
        self.sim.read(&mut self.view);
        let is_online = |seat: &Seat| {
            self.chairs
                .get(seat.index())
                .is_some_and(|chair| chair.connection.is_some())
        };
        let frame = Frame {
            view: &self.view,
            players: &self.players,
            alive: Seat::all()
                .filter(|&seat| self.sim.game().is_alive(seat))
                .collect(),
            online: Seat::all().filter(is_online).collect(),
        };
        self.body.clear();
        encode_body::<G>(encoding, &frame, &mut self.body);
        self.body_is_fresh = true;
    }
}
