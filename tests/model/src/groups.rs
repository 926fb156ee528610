//! A model of a group: two players who wait in the queue together, and a single player. Players leave or become
//! silent at any step; a function that expires a room stops between its two steps, or is late.

mod scripts;

use std::collections::BTreeSet;

use stateright::Property;

pub use scripts::State;
use scripts::{MEMBERS, OWN, Own, Phase, Room, SEATS_MIN, SINGLE, Timer, count, each};

/// The bounds of the model.
#[derive(Clone, Copy, Debug)]
pub struct Groups {
    /// Players that fill a room.
    pub seats_max: u8,
    /// The budget of each action.
    pub budget: Budget,
    /// The planted error.
    pub mistake: Option<Mistake>,
}

/// The remaining number of each action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Budget {
    /// Rooms that open.
    pub rooms: u8,
    /// Players who enter the group's room or the queue.
    pub joins: u8,
    /// Players who leave or become silent.
    pub leaves: u8,
    /// The number of times that the group enters or leaves the queue.
    pub queues: u8,
    /// Deadlines that pass without a countdown.
    pub timeouts: u8,
    /// Functions that read an overdue room.
    pub reads: u8,
}

/// A planted error of the scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// Those players of a group that fit get seats.
    Splits,
    /// A group stays matched when its match is over.
    StaysMatched,
}

/// One step. Players are bits, rooms are numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Action {
    Enter(u8),
    Join,
    Leave(u8),
    /// The lobby socket is closed for too long.
    Silence(u8),
    /// A sign of life of a player who was set aside.
    Return(u8),
    Look(bool),
    /// `first`: the group has waited longer than the single player.
    Assign {
        first: bool,
    },
    Time(u8),
    Read(u8),
    Expire(u8, u8),
    /// The function dies.
    Die(u8, u8),
    Finish(u8),
}

impl Groups {
    fn player_actions(state: &State, actions: &mut Vec<Action>) {
        let placed = state.places().iter().fold(0, |all, place| all | place);
        let is_gathering = matches!(state.own, Own::Gathering { .. });
        for player in each(MEMBERS | SINGLE) {
            let (is_in, left) = (placed & player > 0, state.left);
            if !is_in && left.joins > 0 && player == SINGLE {
                actions.push(Action::Join);
            }
            if !is_in && left.joins > 0 && player != SINGLE && is_gathering {
                actions.push(Action::Enter(player));
            }
            if is_in && left.leaves > 0 {
                actions.push(Action::Leave(player));
                let is_aside = state.aside & player > 0;
                let plays = |room: &Room| room.phase == Phase::Started && room.seats & player > 0;
                if !is_aside && !state.rooms.iter().any(plays) {
                    actions.push(Action::Silence(player));
                }
            }
            if state.aside & player > 0 {
                actions.push(Action::Return(player));
            }
        }
        if is_gathering && state.gathered > 0 && state.left.queues > 0 {
            actions.push(Action::Look(!state.is_queued()));
        }
    }

    fn room_actions(state: &State, id: u8, timer: Timer, comes: bool, actions: &mut Vec<Action>) {
        if !timer.is_due && (comes || state.left.timeouts > 0) {
            actions.push(Action::Time(id));
        }
        if timer.is_due && state.left.reads > 0 {
            actions.push(Action::Read(id));
        }
    }
}

impl stateright::Model for Groups {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            own: Own::Gathering { is_queued: false },
            gathered: MEMBERS,
            timer: Timer::default(),
            rooms: Vec::new(),
            queue: 0,
            aside: 0,
            reads: BTreeSet::new(),
            left: self.budget,
            was_split: false,
            has_requeued: false,
            has_gathered: false,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        Self::player_actions(state, actions);
        if state.queue > 0 || state.is_queued() {
            actions.push(Action::Assign { first: true });
            actions.push(Action::Assign { first: false });
        }
        for (id, room) in (0..).zip(&state.rooms) {
            if room.phase != Phase::Gone {
                let comes = room.phase == Phase::Open && count(room.seats) >= SEATS_MIN;
                Self::room_actions(state, id, room.timer, comes, actions);
            }
            if room.phase == Phase::Started {
                actions.push(Action::Finish(id));
            }
        }
        if state.own != Own::Closed {
            Self::room_actions(state, OWN, state.timer, false, actions);
        }
        for &(id, generation) in &state.reads {
            actions.extend([Action::Expire(id, generation), Action::Die(id, generation)]);
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Enter(player) => {
                state.left.joins -= 1;
                state.gathered |= player;
                state.settle_own();
            }
            Action::Join => {
                state.left.joins -= 1;
                state.queue |= SINGLE;
            }
            Action::Leave(player) => {
                state.left.leaves -= 1;
                state.take_out(player);
            }
            Action::Silence(player) => {
                state.left.leaves -= 1;
                let is_gathered = state.gathered & player > 0;
                state.take_out(player);
                // A silent player of a group is out; elsewhere the place in the queue is kept.
                if !is_gathered {
                    state.aside |= player;
                }
            }
            Action::Return(player) => {
                state.aside &= !player;
                state.queue |= player;
            }
            Action::Look(is_queued) => {
                state.left.queues -= 1;
                state.own = Own::Gathering { is_queued };
                state.timer.rearm();
            }
            Action::Assign { first } => self.assign(&mut state, first)?,
            Action::Time(id) => {
                let comes = id != OWN && {
                    let room = state.room(id);
                    room.phase == Phase::Open && count(room.seats) >= SEATS_MIN
                };
                state.left.timeouts -= u8::from(!comes);
                state.timer(id).is_due = true;
            }
            Action::Read(id) => {
                state.left.reads -= 1;
                let generation = state.timer(id).generation;
                state.reads.insert((id, generation));
            }
            Action::Expire(id, generation) => {
                state.reads.remove(&(id, generation));
                self.expire(&mut state, id, generation);
            }
            Action::Die(id, generation) => {
                state.reads.remove(&(id, generation));
            }
            Action::Finish(id) => self.finish(&mut state, id),
        }
        Some(state).filter(|state| state != last)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::<Self>::always("3: a group has seats together, or none", |_, state| {
                let is_whole =
                    |room: &Room| room.phase != Phase::Open || room.named & !room.seats == 0;
                !state.was_split && state.rooms.iter().all(is_whole)
            }),
            Property::<Self>::always("2: nobody is in two places", |_, state| {
                let places = state.places();
                let sum: u8 = places.iter().map(|place| count(*place)).sum();
                sum == count(places.iter().fold(0, |all, place| all | place))
            }),
            Property::<Self>::always("3: no room has too many", |model, state| {
                let fits = |room: &Room| count(room.seats) <= model.seats_max;
                state.rooms.iter().all(fits)
            }),
            Property::<Self>::always("3: a group gathers again in its own room", |_, state| {
                let Own::Matched(id) = state.own else {
                    return true;
                };
                let room = &state.rooms[usize::from(id)];
                room.phase != Phase::Gone && room.named > 0 && state.gathered == 0
            }),
            Property::<Self>::always("3: a group in the queue has a player", |_, state| {
                !state.is_queued() || state.gathered > 0
            }),
            Property::<Self>::sometimes("a whole group plays", |_, state| {
                let plays =
                    |room: &Room| room.phase == Phase::Started && room.seats & MEMBERS == MEMBERS;
                state.rooms.iter().any(plays)
            }),
            Property::<Self>::sometimes(
                "a part of a group plays with another player",
                |_, state| {
                    let plays = |room: &Room| {
                        let has_other = room.seats & SINGLE > 0 && count(room.seats & MEMBERS) == 1;
                        room.phase == Phase::Started && room.named > 0 && has_other
                    };
                    state.rooms.iter().any(plays)
                },
            ),
            Property::<Self>::sometimes("a group waits again", |_, state| state.has_requeued),
            Property::<Self>::sometimes("a group is queued a second time", |_, state| {
                state.has_gathered && state.is_queued()
            }),
        ]
    }
}
