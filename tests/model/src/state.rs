//! The state of the model: the data in Redis, the memory of relays, the functions in progress.

use std::collections::BTreeSet;

/// The remaining budget of player actions, faults and timeouts. Everything else happens without a budget, so a run
/// ends when the budget is used up and nothing is in progress.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Budget {
    /// Enqueues.
    pub joins: u8,
    /// Players who leave queue or waiting room.
    pub leaves: u8,
    /// Players who forfeit.
    pub forfeits: u8,
    /// Rooms whose TTL runs out, or matches whose relay is silent for too long.
    pub timeouts: u8,
    /// Players who stop giving signs of life.
    pub silences: u8,
    /// Players whose lobby socket closes while they wait.
    pub closes: u8,
    /// Relays killed.
    pub kills: u8,
    /// Relays that are paused for longer than their lease, and later continue without noticing.
    pub pauses: u8,
    /// Rooms handed over by a relay that drains.
    pub hand_overs: u8,
    /// Events and retries that are repeated.
    pub duplicates: u8,
    /// Functions that die in the middle of their work.
    pub crashes: u8,
    /// Functions that choose a relay whose lease ran out after they read it.
    pub late_gives: u8,
}

/// A player's record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Player {
    /// Has never joined.
    New,
    /// Left.
    Left,
    /// Out without having left; the record states the reason.
    Removed,
    /// In the queue, or aside.
    Queued,
    /// In an open room.
    Seated(u8),
    /// In a match.
    Playing(u8),
}

impl Player {
    pub(super) fn is_out(self) -> bool {
        matches!(self, Self::New | Self::Left | Self::Removed)
    }

    pub(super) fn room(self) -> Option<u8> {
        match self {
            Self::Seated(room) | Self::Playing(room) => Some(room),
            _ => None,
        }
    }
}

/// A room's state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Filling; the countdown runs.
    Open {
        /// The countdown is running, because there are enough players.
        countdown: bool,
        /// There are enough players, but no relay to start on.
        waiting: bool,
    },
    /// A match.
    Started,
    /// Disposed: no key is left.
    #[default]
    Gone,
}

/// A run of a relay: its number, and how often it was restarted.
pub type Run = (u8, u8);

/// A room, with its history for the checker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Room {
    /// Open, started or gone.
    pub phase: Phase,
    /// The players in `rooms:<room>`, one bit each.
    pub seats: u8,
    /// The score in `rooms:available`.
    pub listed: Option<u8>,
    /// Increases when the deadline is set again.
    pub generation: u8,
    /// Whether its deadline has passed.
    pub due: bool,
    /// Increases each time a relay gets the room.
    pub epoch: u8,
    /// The relay that it was given to.
    pub relay: u8,
    /// The run of that relay which claimed it.
    pub boot: Option<u8>,
    /// The epoch of the last checkpoint.
    pub saved: u8,
    /// Recorded by the checker: the first run that claimed this epoch.
    pub owner: Option<Run>,
    /// Recorded by the checker: how often it counted for the leaderboard.
    pub scored: u8,
}

/// A relay and its memory. A dead relay has no memory.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Relay {
    /// Whether its process runs.
    pub is_alive: bool,
    /// The number of its run.
    pub boot: u8,
    /// Whether its lease has not run out.
    pub has_lease: bool,
    /// Rooms and epochs for which it has received a ticket.
    pub knows: BTreeSet<(u8, u8)>,
    /// Rooms and epochs that it runs.
    pub hosts: BTreeSet<(u8, u8)>,
}

/// Transitions that must not happen, recorded by the checker.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a finding of its own"
)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Wrongs {
    /// A room expired early, or a second time for one generation.
    pub expired: bool,
    /// Two runs owned a room in one epoch, or a run wrote that did not own it.
    pub owned: bool,
    /// A match began with too few players.
    pub few: bool,
    /// A player was seated in a room that was not open.
    pub seated_late: bool,
}

/// The whole state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// Indexed by number.
    pub players: Vec<Player>,
    /// The players in `players_queue`, one bit each.
    pub queue: u8,
    /// The players in `players_aside`, one bit each.
    pub aside: u8,
    /// Players taken from the queue by a function that has not seated them yet (only with a mutation).
    pub popped: u8,
    /// Indexed by number. Disposed rooms stay, for their history.
    pub rooms: Vec<Room>,
    /// Indexed by number.
    pub relays: Vec<Relay>,
    /// Rooms and generations that functions have read as overdue and not expired yet.
    pub expiries: BTreeSet<(u8, u8)>,
    /// The remaining budget.
    pub left: Budget,
    /// The violations that the checker recorded.
    pub wrongs: Wrongs,
}

impl State {
    /// The same state with the players in canonical order, because they differ only in their numbers.
    pub(super) fn representative(&self) -> Self {
        let mut order: Vec<usize> = (0..self.players.len()).collect();
        let lists = |i| [self.queue, self.aside, self.popped].map(|list| list & bit(i));
        order.sort_by_key(|&i| (self.players[i], lists(i)));
        let permuted = |mask: u8| {
            let old = order.iter().enumerate();
            old.fold(0, |new, (to, &from)| {
                new | if mask & bit(from) > 0 { bit(to) } else { 0 }
            })
        };
        let mut state = self.clone();
        state.players = order.iter().map(|&i| self.players[i]).collect();
        state.queue = permuted(self.queue);
        state.aside = permuted(self.aside);
        state.popped = permuted(self.popped);
        for room in &mut state.rooms {
            room.seats = permuted(room.seats);
        }
        state
    }
}

/// The bit of a player.
pub(super) fn bit(player: usize) -> u8 {
    1 << player
}

/// The players of a set.
pub(super) fn players(mask: u8) -> impl Iterator<Item = usize> {
    (0..8).filter(move |&player| mask & bit(player) > 0)
}
