//! A model of the lobby: players, rooms, relays and functions, in every order in which their scripts can run, with a
//! bounded number of each fault. `stateright` explores it exhaustively.
//!
//! A script is one step; between two scripts of a function or a relay, anything may happen. Time is abstracted: a
//! deadline may pass at any step. Pending events are not modelled, because nothing depends on them: a sweep may do
//! the same work at any step.

pub mod claims;
pub mod codes;
pub mod explore;
pub mod groups;
pub mod late;
pub mod outbox;
mod rules;
mod scripts;
pub mod state;
mod steps;

use state::{Budget, Phase, Player, Relay, State};

use scripts::Script;

/// The size of the model.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// At most 8.
    pub players: usize,
    /// Players that can start a match.
    pub seats_min: u8,
    /// Players that fill a room.
    pub seats_max: u8,
    /// Relays, all of them running at first.
    pub relays: usize,
    /// The budget of actions and faults.
    pub budget: Budget,
}

/// The mutations of the lobby, which are the same as those of the scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// No mutation.
    None,
    /// Players are taken from the queue in one step and seated in another.
    TwoStepSeating,
    /// A room expires without a check of generation and deadline.
    SecondDecision,
    /// A relay's writes do not check the epoch.
    NoEpochCheck,
}

/// The lobby, for the checker.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// The size.
    pub bounds: Bounds,
    /// The mutation.
    pub mutation: Mutation,
}

/// One step. For relays: the relay, and the room and epoch of its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Action {
    Join(usize),
    Leave(usize),
    Forfeit(usize),
    /// The player gives no sign of life and expires.
    Silence(usize),
    /// The player's lobby socket closed, and none was opened in time: set aside.
    Close(usize),
    /// A sign of life of a player who was set aside.
    Return(usize),
    /// `assign`, which prefers this relay.
    Assign(u8),
    /// `assign`, which has read that this relay is live, although its lease has run out since.
    AssignLate(u8),
    /// The first half of a seating that a mutation splits.
    Pop,
    /// The second half.
    SeatPopped(u8),
    /// The function dies between the two halves.
    LosePopped,
    /// A room's deadline passes.
    Expire(u8),
    /// `expire` reads the overdue room with its generation.
    Due(u8),
    /// The function expires the room; `again`: the expiry will be repeated.
    ExpireRoom {
        room: u8,
        generation: u8,
        prefer: u8,
        again: bool,
    },
    /// The function dies before it expires the room.
    LoseExpiry(u8, u8),
    Kill(u8),
    /// The relay is restarted, with a new boot nonce.
    Restart(u8),
    /// The lease expires: the relay is dead or paused.
    LoseLease(u8),
    Renew(u8),
    RelayDecide(u8),
    /// `again`: the call will be repeated.
    Claim {
        relay: u8,
        room: u8,
        epoch: u8,
        again: bool,
    },
    Checkpoint(u8, u8, u8),
    HandOver(u8, u8, u8),
    Finish {
        relay: u8,
        room: u8,
        epoch: u8,
        again: bool,
    },
}

impl Model {
    /// The actions that happen without players or faults. While there are any, the lobby is not at rest.
    fn own_actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.queue != 0 && self.mutation == Mutation::TwoStepSeating {
            if state.popped == 0 {
                actions.push(Action::Pop);
            }
        } else if state.queue != 0 {
            actions.extend(each_relay(state).map(Action::Assign));
        }
        if state.popped != 0 {
            actions.extend(each_relay(state).map(Action::SeatPopped));
        }
        for (id, room) in (0..).zip(&state.rooms) {
            let has_relay = state.relays.iter().any(|relay| relay.has_lease);
            let comes = match room.phase {
                Phase::Open { countdown, waiting } => countdown || (waiting && has_relay),
                Phase::Started | Phase::Gone => false,
            };
            if comes && !room.due {
                actions.push(Action::Expire(id));
            }
            if room.due && !state.expiries.contains(&(id, room.generation)) {
                actions.push(Action::Due(id));
            }
        }
        for &(room, generation) in &state.expiries {
            actions.extend(each_relay(state).map(|prefer| Action::ExpireRoom {
                room,
                generation,
                prefer,
                again: false,
            }));
        }
        for (id, relay) in (0..).zip(&state.relays) {
            relay_actions(state, id, relay, actions);
        }
    }

    fn faults(state: &State, actions: &mut Vec<Action>) {
        let left = &state.left;
        for (player, record) in state.players.iter().enumerate() {
            if left.joins > 0 && record.is_out() {
                actions.push(Action::Join(player));
            }
            if left.leaves > 0 && matches!(record, Player::Queued | Player::Seated(_)) {
                actions.push(Action::Leave(player));
            }
            if left.forfeits > 0 && matches!(record, Player::Playing(_)) {
                actions.push(Action::Forfeit(player));
            }
            if left.silences > 0 && !record.is_out() {
                actions.push(Action::Silence(player));
            }
            let is_aside = state.aside & state::bit(player) > 0;
            if is_aside {
                actions.push(Action::Return(player));
            } else if left.closes > 0 && matches!(record, Player::Queued | Player::Seated(_)) {
                actions.push(Action::Close(player));
            }
        }
        if left.timeouts > 0 {
            let rooms = (0..).zip(&state.rooms);
            let armed = rooms.filter(|(_, room)| room.phase != Phase::Gone && !room.due);
            actions.extend(armed.map(|(id, _)| Action::Expire(id)));
        }
        for &(room, generation) in &state.expiries {
            if left.crashes > 0 {
                actions.push(Action::LoseExpiry(room, generation));
            }
            if left.duplicates > 0 {
                actions.push(Action::ExpireRoom {
                    room,
                    generation,
                    prefer: 0,
                    again: true,
                });
            }
        }
        if left.crashes > 0 && state.popped != 0 {
            actions.push(Action::LosePopped);
        }
        if left.late_gives > 0 && state.queue != 0 {
            let late = (0..)
                .zip(&state.relays)
                .filter(|(_, relay)| !relay.has_lease);
            actions.extend(late.map(|(id, _)| Action::AssignLate(id)));
        }
        for (id, relay) in (0..).zip(&state.relays).filter(|(_, relay)| relay.is_alive) {
            relay_faults(left, id, relay, actions);
        }
    }

    /// Whether no action happens without players or faults.
    fn is_at_rest(&self, state: &State) -> bool {
        let mut actions = Vec::new();
        self.own_actions(state, &mut actions);
        actions
            .into_iter()
            .all(|action| self.step(state, action) == *state)
    }

    fn step(&self, last: &State, action: Action) -> State {
        let mut script = Script {
            model: self,
            state: last.clone(),
            chosen: None,
        };
        script.run(action);
        script.state
    }
}

fn each_relay(state: &State) -> impl Iterator<Item = u8> + use<> {
    0..state.relays.len() as u8
}

fn relay_actions(state: &State, id: u8, relay: &Relay, actions: &mut Vec<Action>) {
    match (relay.is_alive, relay.has_lease) {
        (true, false) => actions.push(Action::Renew(id)),
        (false, true) => actions.extend([Action::LoseLease(id), Action::Restart(id)]),
        (false, false) => actions.push(Action::Restart(id)),
        (true, true) => {}
    }
    let owns = (state.rooms.iter()).any(|room| room.phase == Phase::Started && room.relay == id);
    if !relay.has_lease && owns && state.relays.iter().any(|other| other.has_lease) {
        actions.push(Action::RelayDecide(id));
    }
    for &(room, epoch) in &relay.knows {
        actions.push(Action::Claim {
            relay: id,
            room,
            epoch,
            again: false,
        });
    }
    for &(room, epoch) in &relay.hosts {
        if state.rooms[usize::from(room)].saved != epoch {
            actions.push(Action::Checkpoint(id, room, epoch));
        }
        actions.push(Action::Finish {
            relay: id,
            room,
            epoch,
            again: false,
        });
    }
}

fn relay_faults(left: &Budget, id: u8, relay: &Relay, actions: &mut Vec<Action>) {
    if left.kills > 0 {
        actions.push(Action::Kill(id));
    }
    if left.pauses > 0 && relay.has_lease {
        actions.push(Action::LoseLease(id));
    }
    for &(room, epoch) in &relay.knows {
        if left.duplicates > 0 {
            actions.push(Action::Claim {
                relay: id,
                room,
                epoch,
                again: true,
            });
        }
    }
    for &(room, epoch) in &relay.hosts {
        if left.hand_overs > 0 {
            actions.push(Action::HandOver(id, room, epoch));
        }
        if left.duplicates > 0 {
            actions.push(Action::Finish {
                relay: id,
                room,
                epoch,
                again: true,
            });
        }
    }
}

impl stateright::Model for Model {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let relay = Relay {
            is_alive: true,
            boot: 0,
            has_lease: true,
            knows: [].into(),
            hosts: [].into(),
        };
        vec![State {
            players: vec![Player::New; self.bounds.players],
            queue: 0,
            aside: 0,
            popped: 0,
            rooms: Vec::new(),
            relays: vec![relay; self.bounds.relays],
            expiries: [].into(),
            left: self.bounds.budget,
            wrongs: state::Wrongs::default(),
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.own_actions(state, actions);
        Self::faults(state, actions);
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        Some(self.step(last, action)).filter(|next| next != last)
    }

    fn properties(&self) -> Vec<stateright::Property<Self>> {
        rules::properties()
    }
}
