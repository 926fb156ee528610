//! A match of random operations, and a lobby that stores what a relay saves of it.

use arena::Arena;
use game::{Input, Pad, Random, Seat};
use protocol::binary::InputBatch;
use protocol::record::frames;
use protocol::{ClientMessage, Encoding};
use room::{Room, Saved};

use crate::support::{config, players, seat};

pub(crate) const PLAYERS: usize = 4;

/// The random operations of the players.
#[derive(Clone)]
pub(crate) struct Players {
    random: Random,
    /// The encoding of each connected player.
    pub(crate) online: [Option<Encoding>; PLAYERS],
}

impl Players {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            online: [None; PLAYERS],
        }
    }

    /// Lets a player sometimes connect, disconnect or leave; connected players send inputs.
    pub(crate) fn act(&mut self, room: &mut Room<Arena>) {
        for index in 0..PLAYERS {
            match (self.random.below(240), self.online[index]) {
                (0, Some(_)) => {
                    self.online[index] = None;
                    room.handle_disconnected(seat(index));
                }
                (1, _) if self.random.below(12) == 0 => {
                    self.online[index] = None;
                    room.handle_left(seat(index));
                }
                (2..24, None) => {
                    let encoding = Encoding::ALL[self.random.below(2) as usize];
                    self.online[index] = Some(encoding);
                    room.handle_connected(seat(index), encoding);
                }
                (_, Some(Encoding::Binary)) => self.send_bits(room, seat(index)),
                (_, Some(Encoding::Json)) => self.send_text(room, seat(index)),
                _ => {}
            }
        }
    }

    fn reconnect(&self, room: &mut Room<Arena>) {
        for (seat, online) in Seat::all().zip(self.online) {
            if let Some(encoding) = online {
                room.handle_disconnected(seat);
                room.handle_connected(seat, encoding);
            }
        }
    }

    fn pad(&mut self) -> Input {
        let bits = self.random.bits();
        Pad {
            dx: bits as i8,
            dy: (bits >> 8) as i8,
            aim: (bits >> 16) as u16,
            fire: self.random.below(3) == 0,
        }
        .into()
    }

    fn send_bits(&mut self, room: &mut Room<Arena>, seat: Seat) {
        let inputs: Vec<_> = (0..=self.random.below(4)).map(|_| self.pad()).collect();
        let stamp = room.tick() + self.random.below(6);
        let seen = room.tick().checked_sub(self.random.below(12));
        let view_delay = self.random.below(256) as u16;
        if let Some(batch) = InputBatch::new(stamp, &inputs, seen, view_delay) {
            let _ = room.handle_message(seat, ClientMessage::Inputs(batch));
        }
    }

    fn send_text(&mut self, room: &mut Room<Arena>, seat: Seat) {
        if self.random.below(3) > 0 {
            return;
        }
        let message = ClientMessage::Input {
            tick: None,
            input: self.pad(),
            seen: room.tick().checked_sub(self.random.below(12)),
            view_delay: Some(self.random.below(300) as u16),
        };
        let _ = room.handle_message(seat, message);
    }
}

/// A room whose match begins without waiting.
pub(crate) fn room(seed: u64) -> Room<Arena> {
    let mut config = config::<Arena>(r#"{"match_seconds":10}"#, 0);
    config.seed = seed;
    Room::new(config, players(PLAYERS)).expect("a room")
}

/// The lobby's data of a room.
#[derive(Clone)]
pub(crate) struct Lobby {
    pub(crate) state: Vec<u8>,
    /// The tick of the state.
    pub(crate) tick: u32,
    /// Header and records.
    pub(crate) replay: Vec<u8>,
    replay_to: u32,
}

impl Lobby {
    pub(crate) fn new(room: &mut Room<Arena>) -> Self {
        let mut lobby = Self {
            state: Vec::new(),
            tick: 0,
            replay: room.replay_header(1_790_000_000_000).into_bytes(),
            replay_to: 0,
        };
        lobby.save(room);
        lobby
    }

    /// Stores a checkpoint like the lobby's script: a checkpoint whose replay does not follow the stored one
    /// is trimmed and sent again.
    pub(crate) fn save(&mut self, room: &mut Room<Arena>) {
        let mut saved = room.save();
        if saved.replay_from < self.replay_to {
            room.handle_saved(self.replay_to);
            saved = room.save();
        }
        let Saved {
            tick,
            state,
            replay,
            replay_from,
        } = saved;
        assert_eq!(
            replay_from, self.replay_to,
            "the replay continues without a gap"
        );
        self.replay.extend(replay);
        (self.state, self.tick, self.replay_to) = (state, tick, tick);
    }
}

/// A match that was played, and its output.
pub(crate) struct Played {
    pub(crate) room: Room<Arena>,
    pub(crate) players: Players,
    pub(crate) lobby: Lobby,
    /// By tick.
    pub(crate) states: Vec<Vec<u8>>,
    /// The journal entry of each tick.
    pub(crate) entries: Vec<Vec<u8>>,
}

impl Played {
    pub(crate) fn new(seed: u64, ticks: u32) -> Self {
        let mut room = room(seed);
        let mut it = Self {
            players: Players::new(seed),
            lobby: Lobby::new(&mut room),
            states: vec![room.save().state],
            entries: Vec::new(),
            room,
        };
        it.play(ticks);
        it
    }

    /// Plays this number of ticks, or to the end of the match.
    pub(crate) fn play(&mut self, ticks: u32) {
        for _ in 0..ticks {
            if self.room.outcome().is_some() {
                return;
            }
            self.players.act(&mut self.room);
            self.tick();
            self.save_sometimes();
        }
    }

    pub(crate) fn tick(&mut self) {
        self.room.handle_tick();
        let mut entry = Vec::new();
        assert!(self.room.poll_journal(&mut entry), "each tick has a record");
        assert!(!self.room.poll_journal(&mut entry), "and only one");
        assert_eq!(frames(&entry).count(), 1);
        self.entries.push(entry);
        self.states.push(self.room.save().state);
    }

    /// Reconnects the players after a failure of their sockets.
    pub(crate) fn reconnect(&mut self) {
        if self.room.outcome().is_none() {
            self.players.reconnect(&mut self.room);
            self.tick();
        }
    }

    /// Saves; the lobby's confirmation is sometimes lost.
    fn save_sometimes(&mut self) {
        if self.players.random.below(90) == 0 {
            self.lobby.save(&mut self.room);
            if self.players.random.below(3) > 0 {
                self.room.handle_saved(self.lobby.tick);
            }
        }
    }

    /// Plays to the end of the match.
    pub(crate) fn finish(&mut self) {
        self.play(u32::MAX);
        self.lobby.save(&mut self.room);
    }
}
