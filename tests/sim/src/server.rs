//! The room of a simulated match, with a record of late inputs and of events.

use game::{Game, Seat, Settings};
use netclient::Happened;
use protocol::binary::{Layout, decode_events};
use protocol::{Encoding, Form, decode_client};
use room::{Player, Room, RoomConfig};

use crate::{Link, Transport};

/// The maximum size of a snapshot in a datagram.
const DATAGRAM_BYTES_MAX: usize = 1200;

/// This number of players, limited to the seats of the game.
pub(crate) fn players_of<G: Game>(wanted: usize) -> usize {
    wanted.clamp((*G::SEATS.start()).into(), (*G::SEATS.end()).into())
}

/// The room, and a record of its match.
pub(crate) struct Server<G: Game> {
    pub(crate) room: Room<G>,
    transport: Transport,
    /// By seat: whether a snapshot was sent.
    has_snapshot: Vec<bool>,
    /// By seat: the ticks without an input, in order.
    pub(crate) starved: Vec<Vec<u32>>,
    /// Inputs that wait, by seat and tick modulo 128.
    waiting: Vec<[u32; 128]>,
    /// The time at which each tick was simulated.
    pub(crate) at_us: Vec<u64>,
    /// The events of the match.
    pub(crate) happened: Vec<Happened>,
}

impl<G: Game> Server<G> {
    pub(crate) fn new(seed: u64, players: usize, transport: Transport) -> Self {
        // All snapshots of a turn-based game are in the stream.
        let transport = if G::RATE.is_on_command() {
            Transport::WebSocket
        } else {
            transport
        };
        let count = players_of::<G>(players);
        let config = RoomConfig {
            room_id: "sim.1".to_owned(),
            epoch: 1,
            seed,
            settings: Self::settings(),
            grace_frames: 300,
        };
        let players = (0..count).map(|seat| Player {
            player_id: format!("player-{seat}"),
            name: format!("Player {seat}"),
            colors: vec!["#ffffff".to_owned()],
            ..Player::default()
        });
        let mut room = Room::new(config, players.collect()).expect("a room");
        let seats = room.seats();
        seats.iter().for_each(|seat| match transport {
            Transport::WebSocket => room.handle_connected(seat, Encoding::Binary),
            Transport::WebTransport => room.handle_connected_lossy(seat),
        });
        Self {
            room,
            transport,
            has_snapshot: vec![false; count],
            starved: vec![Vec::new(); count],
            waiting: vec![[0; 128]; count],
            at_us: vec![0],
            happened: Vec::new(),
        }
    }

    pub(crate) fn settings() -> Settings {
        Settings::defaults(G::SETTINGS)
    }

    /// Handles the messages that arrived from a seat.
    pub(crate) fn read(&mut self, now_us: u64, seat: Seat, link: &mut Link) {
        while let Some((_, (form, bytes))) = link.poll(now_us) {
            let message = decode_client(G::INPUT, form, &bytes).expect("a client's message");
            if let protocol::ClientMessage::Inputs(batch) = &message {
                let next = self.room.tick() + 1;
                for (tick, _) in batch
                    .stamped()
                    .filter(|&(tick, _)| tick >= next && tick < next + 64)
                {
                    self.waiting[seat.index()][tick as usize % 128] = tick;
                }
            }
            // A late input is refused; its tick counts as starved.
            let _ = self.room.handle_message(seat, message);
        }
    }

    /// Runs a tick.
    pub(crate) fn tick(&mut self, now_us: u64) {
        let before = self.room.tick();
        self.room.handle_tick();
        let tick = self.room.tick();
        if tick == 0 {
            self.at_us[0] = now_us;
        }
        if tick == before {
            return;
        }
        self.at_us.resize(tick as usize + 1, now_us);
        for (seat, starved) in self.starved.iter_mut().enumerate() {
            if !G::RATE.is_on_command() && self.waiting[seat][tick as usize % 128] != tick {
                starved.push(tick);
            }
        }
    }

    /// Writes the due messages to a seat: all reliable ones, and the newest snapshot if
    /// no unsent data waits.
    pub(crate) fn write(&mut self, now_us: u64, seat: Seat, link: &mut Link) {
        loop {
            let mut bytes = Vec::new();
            let Some(form) = self.room.poll_reliable(seat, &mut bytes) else {
                break;
            };
            if seat.index() == 0 {
                self.note(form, &bytes);
            }
            link.write(now_us, (form, bytes));
        }
        let mut bytes = Vec::new();
        if self.transport == Transport::WebTransport {
            let is_taken = link.takes_datagram(now_us);
            if is_taken && self.room.poll_lossy_snapshot(seat, &mut bytes) {
                self.write_lossy(now_us, seat, link, bytes);
            }
        } else if link.is_writable(now_us)
            && let Some(form) = self.room.poll_snapshot(seat, &mut bytes)
        {
            link.write(now_us, (form, bytes));
        }
    }

    /// Writes a snapshot as a datagram, or to the stream if it is the first one or too large.
    fn write_lossy(&mut self, now_us: u64, seat: Seat, link: &mut Link, bytes: Vec<u8>) {
        let had_snapshot = std::mem::replace(&mut self.has_snapshot[seat.index()], true);
        if had_snapshot && bytes.len() <= DATAGRAM_BYTES_MAX {
            link.write_datagram(now_us, bytes);
        } else {
            link.write(now_us, (Form::Binary, bytes));
        }
    }

    fn note(&mut self, form: Form, bytes: &[u8]) {
        let mut events = Vec::new();
        if form == Form::Text {
            return;
        }
        let tick = decode_events(Layout::of::<G>(), bytes, &mut events).expect("the room's events");
        let happened = events.into_iter().map(|event| Happened { tick, event });
        self.happened.extend(happened);
    }
}
