//! A model of the outbox: messages for one player, two functions that deliver, leases that run out, functions that
//! die, pushes that fail. The player receives every message in order, regardless of how often it is pushed.

use stateright::Property;

/// The bounds of the model.
#[derive(Clone, Copy, Debug)]
pub struct Outbox {
    /// Entries that scripts write.
    pub entries: u8,
    /// The number of functions that die.
    pub crashes: u8,
    /// The number of functions whose lease expires because they are slow.
    pub stalls: u8,
    /// The number of pushes that fail.
    pub failures: u8,
    /// A mutation: a function acknowledges the entries before it delivers them.
    pub acknowledges_first: bool,
}

/// The state of a function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Delivery {
    /// Entries that it has taken and not yet acknowledged.
    taken: Vec<u8>,
    /// The number of these entries that it has delivered.
    delivered: usize,
}

/// The whole state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    written: u8,
    /// The entries in the stream.
    entries: Vec<u8>,
    /// The holder of the lease.
    lease: Option<usize>,
    deliveries: [Delivery; 2],
    /// The messages that the client accepted, in order; it drops messages that are not newer.
    received: Vec<u8>,
    crashes: u8,
    stalls: u8,
    failures: u8,
}

/// One step of a function, by its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Action {
    Write,
    Take(usize),
    Push(usize),
    /// The push fails: the entries before it are acknowledged, and the rest waits for the next function.
    Fail(usize),
    Acknowledge(usize),
    Die(usize),
    /// The lease expires.
    LoseLease,
}

impl Outbox {
    fn acknowledge(state: &mut State, delivery: usize) {
        let done = std::mem::take(&mut state.deliveries[delivery]);
        if state.lease != Some(delivery) {
            return;
        }
        let delivered = &done.taken[..done.delivered];
        state.entries.retain(|entry| !delivered.contains(entry));
        state.lease = None;
    }
}

impl stateright::Model for Outbox {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            written: 0,
            entries: Vec::new(),
            lease: None,
            deliveries: Default::default(),
            received: Vec::new(),
            crashes: self.crashes,
            stalls: self.stalls,
            failures: self.failures,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.written < self.entries {
            actions.push(Action::Write);
        }
        for (id, delivery) in state.deliveries.iter().enumerate() {
            if delivery.taken.is_empty() {
                if state.lease.is_none() && !state.entries.is_empty() {
                    actions.push(Action::Take(id));
                }
                continue;
            }
            if delivery.delivered == delivery.taken.len() {
                actions.push(Action::Acknowledge(id));
            } else {
                actions.push(Action::Push(id));
                if state.failures > 0 {
                    actions.push(Action::Fail(id));
                }
            }
            if state.crashes > 0 {
                actions.push(Action::Die(id));
            }
        }
        if let Some(holder) = state.lease {
            let is_dead = state.deliveries[holder].taken.is_empty();
            if is_dead || state.stalls > 0 {
                actions.push(Action::LoseLease);
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Write => {
                state.written += 1;
                state.entries.push(state.written);
            }
            Action::Take(id) => {
                state.lease = Some(id);
                state.deliveries[id].taken.clone_from(&state.entries);
                if self.acknowledges_first {
                    state.entries.clear();
                }
            }
            Action::Push(id) => {
                let delivery = &mut state.deliveries[id];
                let entry = delivery.taken[delivery.delivered];
                delivery.delivered += 1;
                if state.received.last().is_none_or(|last| *last < entry) {
                    state.received.push(entry);
                }
            }
            Action::Fail(id) => {
                state.failures -= 1;
                Self::acknowledge(&mut state, id);
            }
            Action::Acknowledge(id) => Self::acknowledge(&mut state, id),
            Action::Die(id) => {
                state.crashes -= 1;
                state.deliveries[id] = Delivery::default();
            }
            Action::LoseLease => {
                let holder = state.lease.take().map(|holder| &state.deliveries[holder]);
                let is_slow = holder.is_some_and(|delivery| !delivery.taken.is_empty());
                state.stalls -= u8::from(is_slow);
            }
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::<Self>::always(
                "what is received is received in order, without a gap",
                |_, state| {
                    (1..)
                        .zip(&state.received)
                        .all(|(n, received)| n == *received)
                },
            ),
            Property::<Self>::always("at rest, all is received", |model, state| {
                let mut actions = Vec::new();
                model.actions(state, &mut actions);
                !actions.is_empty() || state.received.len() == usize::from(model.entries)
            }),
        ]
    }
}
