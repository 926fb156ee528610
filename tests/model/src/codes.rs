//! A model of codes: one code, in a slot of its own, which each new room gets if it is free. Calls pause and die
//! between their steps, and releases are late, repeated or lost.
//!
//! Assumptions: the code does not expire while its room lives or the stored data of its match exists; no call takes
//! longer than that data is stored; and the sweep runs within that time, so that the code names a rematch before the
//! stored data of the previous match, which leads to the rematch, expires.

use stateright::Property;

/// The bounds of the model. A tick stands for some seconds.
#[derive(Clone, Copy, Debug)]
pub struct Codes {
    /// The number of rooms that are made.
    pub rooms: u8,
    /// The number of matches with a possible rematch.
    pub matches: u8,
    /// The number of ticks that pass.
    pub ticks: u8,
    /// The number of steps of the sweep.
    pub sweeps: u8,
    /// The planted error.
    pub mistake: Option<Mistake>,
}

/// A planted error of the scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// A release does not compare the nonce.
    ReleasesAny,
    /// A record is written regardless of the age of its code.
    WritesLate,
    /// A rematch is made again, with the same nonce, after its room closed.
    GathersAgain,
}

/// With a planted error, runs may be endless.
const ROOMS_MAX: usize = 8;
/// A record whose code is older than this is refused.
const FRESH_TICKS: u8 = 1;
/// The sweep releases a code that is older than this and has no room.
const FREE_AFTER_TICKS: u8 = 2;

/// `code:<code>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code {
    room: u8,
    nonce: u8,
    taken_at: u8,
}

/// A room, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Room {
    phase: Phase,
    nonce: u8,
    /// When the code was taken, which is a part of the nonce.
    taken_at: u8,
}

/// A room's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Phase {
    /// Gathering or started.
    Live,
    /// Its match is over; `next` gathers again.
    Kept {
        next: Option<u8>,
    },
    Gone,
}

/// A call between two of its steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Call {
    /// It has the code; the next step writes the record.
    Create(Code),
    /// A rematch or the sweep: the next step lets the code name this room.
    Keep(Code),
    /// The sweep has found no room of this code; the next step releases it.
    Free(u8),
}

/// The whole state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    now: u8,
    nonces: u8,
    code: Option<Code>,
    rooms: Vec<Room>,
    /// Sorted.
    under_way: Vec<Call>,
    /// Nonces of closed rooms; a delivery may release them any number of times.
    releases: Vec<u8>,
    left: (u8, u8, u8),
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Action {
    /// A create takes the code.
    Take,
    Step(Call),
    /// The function dies.
    Die(Call),
    Close(u8),
    /// The room's match ends.
    Play(u8),
    Rematch(u8),
    /// The stored data of a match expires.
    Forget(u8),
    Release(u8),
    /// The sweep reads a live room, or the code.
    SweepRoom(u8),
    SweepCode,
    Tick,
}

impl Codes {
    fn step(self, state: &mut State, call: Call) {
        match call {
            Call::Create(code) => self.write(state, code),
            Call::Keep(code) => {
                // `code_keep`.
                if state.code.is_none_or(|held| held.nonce == code.nonce) {
                    state.code = Some(code);
                }
            }
            Call::Free(nonce) => self.release(state, nonce),
        }
    }

    /// `room_create`.
    fn write(self, state: &mut State, code: Code) {
        let is_late = state.now - code.taken_at > FRESH_TICKS;
        if is_late && self.mistake != Some(Mistake::WritesLate) {
            return self.release(state, code.nonce);
        }
        state.rooms[usize::from(code.room)].phase = Phase::Live;
    }

    /// `code_release`: compare and delete.
    fn release(self, state: &mut State, nonce: u8) {
        let is_any = self.mistake == Some(Mistake::ReleasesAny);
        if state.code.is_some_and(|held| is_any || held.nonce == nonce) {
            state.code = None;
        }
    }

    /// `room_rematch`: the new room has the code of the last one.
    fn rematch(state: &mut State, old: u8) {
        let room = state.rooms.len() as u8;
        let Room {
            nonce, taken_at, ..
        } = state.rooms[usize::from(old)];
        state.rooms[usize::from(old)].phase = Phase::Kept { next: Some(room) };
        state.rooms.push(Room {
            phase: Phase::Live,
            nonce,
            taken_at,
        });
        state.under_way.push(Call::Keep(Code {
            room,
            nonce,
            taken_at,
        }));
    }

    fn take(state: &mut State) {
        state.nonces += 1;
        let code = Code {
            room: state.rooms.len() as u8,
            nonce: state.nonces,
            taken_at: state.now,
        };
        state.rooms.push(Room {
            phase: Phase::Gone,
            nonce: code.nonce,
            taken_at: code.taken_at,
        });
        state.code = Some(code);
        state.under_way.push(Call::Create(code));
    }

    fn may_gather(self, state: &State, next: Option<u8>) -> bool {
        let Some(next) = next else { return true };
        let is_gone = state.rooms[usize::from(next)].phase == Phase::Gone;
        is_gone && self.mistake == Some(Mistake::GathersAgain)
    }

    fn room_actions(self, state: &State, id: u8, room: Room, actions: &mut Vec<Action>) {
        match room.phase {
            Phase::Live => {
                actions.push(Action::Close(id));
                if state.left.1 > 0 {
                    actions.push(Action::Play(id));
                }
                if state.left.2 > 0 {
                    actions.push(Action::SweepRoom(id));
                }
            }
            Phase::Kept { next } => {
                if self.may_gather(state, next) && state.rooms.len() < ROOMS_MAX {
                    actions.push(Action::Rematch(id));
                }
                // No call takes as long as the data is stored.
                let keeps =
                    |call: &Call| matches!(call, Call::Keep(code) if code.nonce == room.nonce);
                let names_old = state.code.is_some_and(|code| code.room == id);
                let leads_on = next.is_some() && names_old;
                if !leads_on && !state.under_way.iter().any(keeps) {
                    actions.push(Action::Forget(id));
                }
            }
            Phase::Gone => {}
        }
    }
}

impl State {
    /// Whether the room that the code names has the code or gathers again.
    fn is_owned(&self, code: Code) -> bool {
        let room = self.rooms[usize::from(code.room)];
        room.phase != Phase::Gone && room.nonce == code.nonce
    }

    fn live(&self) -> impl Iterator<Item = &Room> {
        self.rooms.iter().filter(|room| room.phase == Phase::Live)
    }
}

impl stateright::Model for Codes {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            now: 0,
            nonces: 0,
            code: None,
            rooms: Vec::new(),
            under_way: Vec::new(),
            releases: Vec::new(),
            left: (self.rooms, self.matches, self.sweeps),
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.left.0 > 0 && state.code.is_none() {
            actions.push(Action::Take);
        }
        for &call in &state.under_way {
            actions.extend([Action::Step(call), Action::Die(call)]);
        }
        for (id, room) in (0..).zip(&state.rooms) {
            self.room_actions(state, id, *room, actions);
        }
        actions.extend(state.releases.iter().map(|&nonce| Action::Release(nonce)));
        if let Some(code) = state.code
            && state.left.2 > 0
            && state.now - code.taken_at > FREE_AFTER_TICKS
            && !state.is_owned(code)
        {
            actions.push(Action::SweepCode);
        }
        if state.now < self.ticks {
            actions.push(Action::Tick);
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Take => {
                state.left.0 -= 1;
                Self::take(&mut state);
            }
            Action::Step(call) | Action::Die(call) => {
                let at = state.under_way.iter().position(|other| *other == call)?;
                state.under_way.remove(at);
                if matches!(action, Action::Step(_)) {
                    self.step(&mut state, call);
                }
            }
            Action::Close(id) => {
                let room = &mut state.rooms[usize::from(id)];
                room.phase = Phase::Gone;
                state.releases.push(room.nonce);
            }
            Action::Play(id) => {
                state.left.1 -= 1;
                state.rooms[usize::from(id)].phase = Phase::Kept { next: None };
            }
            Action::Rematch(id) => Self::rematch(&mut state, id),
            Action::Forget(id) => state.rooms[usize::from(id)].phase = Phase::Gone,
            Action::Release(nonce) => self.release(&mut state, nonce),
            Action::SweepRoom(id) => {
                state.left.2 -= 1;
                let Room {
                    nonce, taken_at, ..
                } = state.rooms[usize::from(id)];
                let room = id;
                state.under_way.push(Call::Keep(Code {
                    room,
                    nonce,
                    taken_at,
                }));
            }
            Action::SweepCode => {
                state.left.2 -= 1;
                state.under_way.push(Call::Free(state.code?.nonce));
            }
            Action::Tick => state.now += 1,
        }
        state.under_way.sort_unstable();
        state.releases.sort_unstable();
        state.releases.dedup();
        Some(state).filter(|state| state != last)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::<Self>::always("11: a code names at most one live room", |_, state| {
                state.live().count() <= 1
            }),
            Property::<Self>::always(
                "11: a live room's code is released by nobody else",
                |_, state| {
                    let has_code =
                        |room: &Room| state.code.is_some_and(|code| code.nonce == room.nonce);
                    state.live().all(has_code)
                },
            ),
            Property::<Self>::sometimes("a code is given again", |_, state| {
                state.nonces > 1 && state.live().count() == 1
            }),
            Property::<Self>::sometimes("players gather again", |_, state| {
                let next = |room: &Room| matches!(room.phase, Phase::Kept { next: Some(_) });
                state.rooms.iter().any(next) && state.live().count() == 1
            }),
        ]
    }
}
