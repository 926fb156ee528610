//! The reference: a second, simple implementation of the lobby in memory, on the same clock.
//!
//! It follows the design, not the text of the scripts. Where a script chooses one of several rooms or relays, the
//! choice is part of the specification. The ids of new rooms are read from Redis after the step (`Pool::rename`).

mod away;
mod codes;
mod entering;
mod fleet;
mod groups;
mod late;
mod made;
mod matches;
mod players;
mod relays;
mod rooms;
mod seating;
mod time;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use lobby::PoolSettings;

pub(crate) use entering::Entering;
pub(crate) use fleet::Fleet;
pub(crate) use groups::Group;
pub(crate) use made::{Change, Made, Rematch};
pub(crate) use matches::{Chunk, Owner};
pub(crate) use relays::Registered;

/// The state of all pools.
#[derive(Clone)]
pub(crate) struct Reference {
    pub(crate) now: u64,
    /// Indexed by name.
    pub(crate) pools: BTreeMap<String, Pool>,
    /// Indexed by player.
    pub(crate) claims: BTreeMap<String, Claim>,
    pub(crate) fleet: Fleet,
    /// Players with an open lobby socket.
    pub(crate) sessions: BTreeSet<String>,
    /// `code:<code>`.
    pub(crate) codes: BTreeMap<String, Named>,
    nonces: u64,
}

/// `claim:<player>`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Claim {
    pub(crate) pool: String,
    pub(crate) nonce: u64,
    pub(crate) taken_at: u64,
}

/// The room that a code names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Named {
    pub(crate) pool: String,
    pub(crate) room: String,
    pub(crate) nonce: u64,
}

/// One pool.
#[derive(Clone)]
pub(crate) struct Pool {
    pub(crate) name: String,
    pub(crate) settings: PoolSettings,
    pub(crate) now: u64,
    pub(crate) players: BTreeMap<String, Player>,
    /// `players_queue`.
    pub(crate) queue: BTreeMap<String, i64>,
    /// `players_aside`.
    pub(crate) aside: BTreeMap<String, i64>,
    pub(crate) rooms: BTreeMap<String, Room>,
    pub(crate) deadlines: BTreeMap<String, f64>,
    /// The rooms of each relay, in the order in which Redis lists them.
    pub(crate) owned: BTreeMap<String, Vec<String>>,
    pub(crate) board: BTreeMap<String, i64>,
    /// For each finished match: the file, and the players who may read it.
    pub(crate) replays: BTreeMap<String, (Vec<u8>, Vec<String>)>,
    /// Entries that are not acknowledged.
    pub(crate) outbox: VecDeque<Entry>,
    /// How many entries were added since the last comparison; they are the newest ones.
    pub(crate) fresh: usize,
    /// The stored data of finished matches.
    pub(crate) rematches: BTreeMap<String, Rematch>,
    pub(crate) checked: Option<u64>,
    answers: BTreeMap<(String, String), (&'static str, String)>,
    finished: BTreeSet<(String, String, u64)>,
    handed: BTreeMap<(String, String, u64), String>,
    opened: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Membership {
    #[default]
    Out,
    Queued,
    Seated,
    Playing,
}

/// `player:<player>`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Player {
    pub(crate) membership: Membership,
    pub(crate) room: String,
    pub(crate) reason: String,
    pub(crate) nonce: u64,
    pub(crate) epoch: u64,
    pub(crate) x: u32,
    /// Set after the lobby socket closed: the remaining lifetime of the record after the grace period.
    pub(crate) away: Option<u64>,
    /// The seat, for a player who joined a running match.
    pub(crate) late: Option<u8>,
    pub(crate) is_ready: bool,
    /// Whether the player, in a gathering room, has had no lobby socket for some time.
    pub(crate) is_silent: bool,
    order: i64,
}

/// `room:<room>` and `rooms:<room>`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Room {
    pub(crate) is_started: bool,
    pub(crate) generation: u64,
    pub(crate) epoch: u64,
    pub(crate) relay: String,
    pub(crate) boot: String,
    pub(crate) countdown_at: u64,
    pub(crate) ttl_at: u64,
    pub(crate) is_waiting: bool,
    /// The players, in seat order.
    pub(crate) seats: Vec<String>,
    pub(crate) saved_tick: Option<u32>,
    pub(crate) roster: Vec<String>,
    /// The seats that its relay offers.
    pub(crate) free: Vec<u8>,
    /// The time until which it takes late players; 0 in a pool without late joins.
    pub(crate) late_until: u64,
    /// The seats that its relay has offered in this epoch.
    pub(crate) offered: BTreeSet<u8>,
    /// The number of players at its start.
    pub(crate) started_with: usize,
    /// The seats of bots.
    pub(crate) bots: BTreeSet<u8>,
    /// Present if a player made the room.
    pub(crate) made: Option<Made>,
    /// The groups that have seats in it.
    pub(crate) groups: Vec<Group>,
    /// The bytes, the tick after which the last chunk begins, and the offset of that chunk.
    replay: (Vec<u8>, u32, usize),
}

/// An entry of the outbox.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Entry {
    pub(crate) kind: String,
    pub(crate) room: String,
    /// The type of the message, by recipient.
    pub(crate) tell: BTreeMap<String, String>,
    /// `relay kind room epoch player`.
    pub(crate) inbox: Vec<String>,
    /// Players whose claim is released. Nonces are not compared, because Redis has different ones.
    pub(crate) release: Vec<(String, u64)>,
    /// Codes that are released, with their nonces.
    pub(crate) codes: Vec<(String, u64)>,
}

impl Room {
    /// The tick after which the last chunk of the replay begins.
    pub(crate) fn replay_from(&self) -> u32 {
        self.replay.1
    }
}

impl Reference {
    pub(crate) fn new(pools: &BTreeMap<String, PoolSettings>, now: u64) -> Self {
        let pools = pools
            .iter()
            .map(|(name, settings)| (name.clone(), Pool::new(name, settings, now)));
        Self {
            now,
            pools: pools.collect(),
            claims: BTreeMap::new(),
            fleet: Fleet::default(),
            sessions: BTreeSet::new(),
            codes: BTreeMap::new(),
            nonces: 0,
        }
    }

    pub(crate) fn pool(&mut self, name: &str) -> &mut Pool {
        self.pools.get_mut(name).expect("a pool of the machine")
    }

    /// Advances the clock, or sets it back.
    pub(crate) fn pass(&mut self, ms: i64) {
        self.now = self.now.saturating_add_signed(ms);
        for pool in self.pools.values_mut() {
            pool.now = self.now;
        }
    }

    fn next_nonce(&mut self) -> u64 {
        self.nonces += 1;
        self.nonces
    }
}

impl Pool {
    fn new(name: &str, settings: &PoolSettings, now: u64) -> Self {
        Self {
            name: name.to_owned(),
            settings: settings.clone(),
            now,
            players: BTreeMap::new(),
            queue: BTreeMap::new(),
            aside: BTreeMap::new(),
            rooms: BTreeMap::new(),
            deadlines: BTreeMap::new(),
            owned: BTreeMap::new(),
            board: BTreeMap::new(),
            replays: BTreeMap::new(),
            outbox: VecDeque::new(),
            fresh: 0,
            rematches: BTreeMap::new(),
            checked: None,
            answers: BTreeMap::new(),
            finished: BTreeSet::new(),
            handed: BTreeMap::new(),
            opened: 0,
        }
    }

    fn arm(&mut self, member: &str, at: u64) {
        self.deadlines.insert(member.to_owned(), at as f64);
    }

    fn is_due(&self, member: &str) -> bool {
        self.deadlines
            .get(member)
            .is_none_or(|at| *at <= self.now as f64)
    }

    fn emit(&mut self, entry: Entry) {
        self.outbox.push_back(entry);
        self.fresh += 1;
    }

    fn remembered(&self, player: &str, kind: &str, request: Option<&str>) -> Option<String> {
        let key = (player.to_owned(), request?.to_owned());
        let (of, answer) = self.answers.get(&key)?;
        (*of == kind).then(|| answer.clone())
    }

    fn remember(&mut self, player: &str, kind: &'static str, request: Option<&str>, answer: &str) {
        if let Some(request) = request {
            let key = (player.to_owned(), request.to_owned());
            self.answers.insert(key, (kind, answer.to_owned()));
        }
    }

    /// Adopts Redis's id for a room that was opened in this step.
    pub(crate) fn rename(&mut self, ours: &str, theirs: &str) {
        let swap = |id: &mut String| {
            if id == ours {
                theirs.clone_into(id);
            }
        };
        if let Some(room) = self.rooms.remove(ours) {
            self.rooms.insert(theirs.to_owned(), room);
        }
        if let Some(at) = self.deadlines.remove(&format!("room:{ours}")) {
            self.deadlines.insert(format!("room:{theirs}"), at);
        }
        self.players
            .values_mut()
            .for_each(|player| swap(&mut player.room));
        self.owned.values_mut().flatten().for_each(swap);
        let made = self
            .rooms
            .values_mut()
            .filter_map(|room| room.made.as_mut());
        made.filter_map(|made| made.matched.as_mut()).for_each(swap);
        for entry in &mut self.outbox {
            swap(&mut entry.room);
            for line in &mut entry.inbox {
                *line = line.replace(ours, theirs);
            }
        }
    }
}
