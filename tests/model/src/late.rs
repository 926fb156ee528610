//! A model of late seats: one match that two relays own in turn, and queued players who get the seats that its relay
//! offers, including those of bots. Messages of a relay arrive late or never.

use std::collections::BTreeSet;

use stateright::Property;

/// The bounds of the model.
#[derive(Clone, Copy, Debug)]
pub struct Late {
    /// At most 4.
    pub players: u8,
    /// The seats that may be offered, at most 4; the first one has a bot.
    pub seats: u8,
    /// The number of times that the match moves to the other relay.
    pub moves: u8,
    /// The number of offers.
    pub offers: u8,
    /// The number of seats that relays return.
    pub returns: u8,
    /// A mutation: offers and returns do not compare the epoch, and offers outlive it.
    pub ignores_epoch: bool,
}

/// A relay's message that has not arrived yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sent {
    relay: u8,
    epoch: u8,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum What {
    /// These seats, one bit each, are free.
    Offer(u8),
    /// This player's seat is free again.
    Return(u8),
}

/// A player's seat, and the epoch in which they got it; None: in the queue.
type Seat = Option<(u8, u8)>;

/// The whole state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    epoch: u8,
    is_claimed: bool,
    /// The seats that are offered, a bit each.
    free: u8,
    /// Recorded by the checker: the epoch of the offer.
    offered_in: u8,
    /// The seats of bots.
    bots: u8,
    players: Vec<Seat>,
    /// For each relay: the epoch that it believes to own, and the seats that it knows to be taken.
    relays: [Option<(u8, u8)>; 2],
    sent: BTreeSet<Sent>,
    left: (u8, u8, u8),
    /// Recorded by the checker: a seat was taken under an offer of an earlier epoch.
    took_old: bool,
    /// Recorded by the checker: a relay that had lost the match returned a seat.
    returned_old: bool,
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Action {
    /// The owner claims the match.
    Claim,
    /// The relay reads from its inbox who has joined.
    ReadInbox(u8),
    /// The relay reports which seats are free.
    Offer(u8),
    Return(u8, u8),
    Arrive(Sent),
    Lose(Sent),
    /// `assign`: the player gets a seat.
    Take(u8),
    /// The match moves to the other relay.
    Move,
}

/// The relay that owns the match in an epoch.
fn owner(epoch: u8) -> u8 {
    epoch % 2
}

impl State {
    fn taken(&self) -> u8 {
        let seats = self.players.iter().flatten();
        seats.fold(0, |taken, (seat, _)| taken | 1 << seat)
    }

    fn is_of_owner(&self, sent: Sent, ignores_epoch: bool) -> bool {
        sent.relay == owner(self.epoch) && (sent.epoch == self.epoch || ignores_epoch)
    }
}

impl Late {
    fn arrive(self, state: &mut State, sent: Sent) {
        if !state.is_of_owner(sent, self.ignores_epoch) {
            return;
        }
        match sent.what {
            // `seats_offer`.
            What::Offer(seats) => {
                if state.is_claimed {
                    state.free = seats & !state.taken();
                    state.offered_in = sent.epoch;
                }
            }
            // `seat_return`.
            What::Return(player) => {
                let place = &mut state.players[usize::from(player)];
                state.returned_old |= place.is_some() && sent.epoch != state.epoch;
                *place = None;
            }
        }
    }

    fn take(state: &mut State, player: u8) {
        let seat = state.free.trailing_zeros() as u8;
        state.free &= !(1 << seat);
        state.bots &= !(1 << seat);
        state.took_old |= state.offered_in != state.epoch;
        state.players[usize::from(player)] = Some((seat, state.epoch));
    }

    /// `room_give`.
    fn hand_over(self, state: &mut State) {
        state.left.0 -= 1;
        state.epoch += 1;
        state.is_claimed = false;
        if !self.ignores_epoch {
            state.free = 0;
        }
    }

    fn relay_actions(state: &State, relay: u8, actions: &mut Vec<Action>) {
        let Some((_, knows)) = state.relays[usize::from(relay)] else {
            return;
        };
        if knows != state.taken() {
            actions.push(Action::ReadInbox(relay));
        }
        if state.left.1 > 0 {
            actions.push(Action::Offer(relay));
        }
        for (player, seat) in (0..).zip(&state.players) {
            let is_known = seat.is_some_and(|(seat, _)| knows >> seat & 1 == 1);
            if state.left.2 > 0 && is_known {
                actions.push(Action::Return(relay, player));
            }
        }
    }

    fn all(self) -> u8 {
        (1 << self.seats) - 1
    }
}

impl stateright::Model for Late {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            epoch: 1,
            is_claimed: false,
            free: 0,
            offered_in: 0,
            bots: 1,
            players: vec![None; usize::from(self.players)],
            relays: [None; 2],
            sent: BTreeSet::new(),
            left: (self.moves, self.offers, self.returns),
            took_old: false,
            returned_old: false,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if !state.is_claimed {
            actions.push(Action::Claim);
        }
        if state.left.0 > 0 {
            actions.push(Action::Move);
        }
        for relay in 0..2 {
            Self::relay_actions(state, relay, actions);
        }
        for &sent in &state.sent {
            actions.extend([Action::Arrive(sent), Action::Lose(sent)]);
        }
        let waiting = (0..).zip(&state.players).find(|(_, seat)| seat.is_none());
        if state.free != 0
            && let Some((player, _)) = waiting
        {
            actions.push(Action::Take(player));
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Claim => {
                state.is_claimed = true;
                let known = Some((state.epoch, state.taken()));
                state.relays[usize::from(owner(state.epoch))] = known;
            }
            Action::ReadInbox(relay) => {
                let taken = state.taken();
                // A relay that has lost the match receives nothing about it.
                let (epoch, knows) = state.relays[usize::from(relay)].as_mut()?;
                if *epoch == state.epoch {
                    *knows = taken;
                }
            }
            Action::Offer(relay) => {
                state.left.1 -= 1;
                let (epoch, knows) = state.relays[usize::from(relay)]?;
                let what = What::Offer(self.all() & !knows);
                state.sent.insert(Sent { relay, epoch, what });
            }
            Action::Return(relay, player) => {
                state.left.2 -= 1;
                let (epoch, _) = state.relays[usize::from(relay)]?;
                let what = What::Return(player);
                state.sent.insert(Sent { relay, epoch, what });
            }
            Action::Arrive(sent) => {
                state.sent.remove(&sent);
                self.arrive(&mut state, sent);
            }
            Action::Lose(sent) => {
                state.sent.remove(&sent);
            }
            Action::Take(player) => Self::take(&mut state, player),
            Action::Move => self.hand_over(&mut state),
        }
        Some(state).filter(|state| state != last)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::<Self>::always("12: a seat has one player or one bot", |_, state| {
                let seats: Vec<u8> = state.players.iter().flatten().map(|seat| seat.0).collect();
                let distinct: BTreeSet<&u8> = seats.iter().collect();
                distinct.len() == seats.len()
                    && state.bots & state.taken() == 0
                    && state.free & state.taken() == 0
            }),
            Property::<Self>::always("12: no seat is taken under an old epoch", |_, state| {
                !state.took_old
            }),
            Property::<Self>::always("12: no seat is returned under an old epoch", |_, state| {
                !state.returned_old
            }),
            Property::<Self>::sometimes("a player has a bot's seat", |_, state| state.bots == 0),
            Property::<Self>::sometimes("a seat is kept by the next relay", |_, state| {
                let kept = |seat: &Seat| seat.is_some_and(|(_, epoch)| epoch < state.epoch);
                state.players.iter().any(kept) && state.is_claimed
            }),
        ]
    }
}
