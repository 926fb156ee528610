//! A model of claims: one player with concurrent joins in two pools, whose slots no script can access together. The
//! player is never live in both pools, although joins pause between their steps, and releases are late, repeated or
//! lost.

use stateright::Property;

/// The bounds of the model. A tick stands for some seconds.
#[derive(Clone, Copy, Debug)]
pub struct Claims {
    /// The number of joins.
    pub joins: u8,
    /// The number of memberships that end.
    pub ends: u8,
    /// The number of ticks that pass.
    pub ticks: u8,
    /// A mutation: an enqueue does not check the age of its claim.
    pub enqueues_late: bool,
}

/// An enqueue with a claim older than this is refused.
const CLAIM_TICKS: u8 = 1;
/// A claim older than this without a membership may be taken by another pool.
const FREE_AFTER_TICKS: u8 = 3;

/// `claim:<player>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Claim {
    pool: usize,
    nonce: u8,
    taken_at: u8,
}

/// A player's record in a pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Record {
    is_live: bool,
    nonce: u8,
}

/// A join between two of its steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Join {
    /// The next step takes the claim. `replace`: it replaces a claim without a membership.
    TakesClaim {
        /// The pool of the join.
        pool: usize,
        /// The claim that it replaces by compare-and-set.
        replace: Option<Claim>,
    },
    /// It has read another pool's claim; the next step checks the membership.
    ChecksHolder(usize, Claim),
    /// It has the claim; the next step enqueues.
    HoldsClaim(Claim),
}

/// The whole state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    now: u8,
    nonces: u8,
    claim: Option<Claim>,
    records: [Record; 2],
    /// Sorted.
    under_way: Vec<Join>,
    /// Pool and nonce of ended memberships; a delivery may release them any number of times.
    releases: Vec<(usize, u8)>,
    joins: u8,
    ends: u8,
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Action {
    Begin(usize),
    Step(Join),
    /// The function dies.
    Die(Join),
    /// The membership in this pool ends.
    End(usize),
    Release(usize, u8),
    Tick,
}

impl Claims {
    fn step(self, state: &mut State, join: Join) {
        let next = match join {
            Join::TakesClaim { pool, replace } => Some(Self::take_claim(state, pool, replace)),
            Join::ChecksHolder(pool, seen) => Self::check_holder(state, pool, seen),
            Join::HoldsClaim(claim) => {
                self.enqueue(state, claim);
                None
            }
        };
        state.under_way.extend(next);
    }

    /// `claim_take`.
    fn take_claim(state: &mut State, pool: usize, replace: Option<Claim>) -> Join {
        if let Some(held) = state.claim
            && held.pool != pool
            && state.claim != replace
        {
            return Join::ChecksHolder(pool, held);
        }
        state.nonces += 1;
        let claim = Claim {
            pool,
            nonce: state.nonces,
            taken_at: state.now,
        };
        state.claim = Some(claim);
        Join::HoldsClaim(claim)
    }

    /// The other pool's claim has a membership: the join is refused.
    fn check_holder(state: &State, pool: usize, seen: Claim) -> Option<Join> {
        let record = state.records[seen.pool];
        let is_old = state.now - seen.taken_at > FREE_AFTER_TICKS;
        let is_over = !record.is_live && (is_old || record.nonce >= seen.nonce);
        is_over.then_some(Join::TakesClaim {
            pool,
            replace: Some(seen),
        })
    }

    /// `queue_join`.
    fn enqueue(self, state: &mut State, claim: Claim) {
        let record = &mut state.records[claim.pool];
        if record.is_live {
            if claim.nonce > record.nonce {
                record.nonce = claim.nonce;
            } else {
                release(state, claim.pool, claim.nonce);
            }
            return;
        }
        let is_late = state.now - claim.taken_at > CLAIM_TICKS && !self.enqueues_late;
        if is_late || claim.nonce <= record.nonce {
            release(state, claim.pool, claim.nonce);
            return;
        }
        *record = Record {
            is_live: true,
            nonce: claim.nonce,
        };
    }
}

/// `claim_release`: compare and delete.
fn release(state: &mut State, pool: usize, nonce: u8) {
    if state
        .claim
        .is_some_and(|claim| claim.pool == pool && claim.nonce == nonce)
    {
        state.claim = None;
    }
}

impl stateright::Model for Claims {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            now: 0,
            nonces: 0,
            claim: None,
            records: Default::default(),
            under_way: Vec::new(),
            releases: Vec::new(),
            joins: self.joins,
            ends: self.ends,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for pool in 0..2 {
            if state.joins > 0 {
                actions.push(Action::Begin(pool));
            }
            if state.ends > 0 && state.records[pool].is_live {
                actions.push(Action::End(pool));
            }
        }
        for &join in &state.under_way {
            actions.extend([Action::Step(join), Action::Die(join)]);
        }
        actions.extend(
            state
                .releases
                .iter()
                .map(|&(pool, nonce)| Action::Release(pool, nonce)),
        );
        if state.now < self.ticks {
            actions.push(Action::Tick);
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Begin(pool) => {
                state.joins -= 1;
                state.under_way.push(Join::TakesClaim {
                    pool,
                    replace: None,
                });
            }
            Action::Step(join) | Action::Die(join) => {
                let at = state.under_way.iter().position(|other| *other == join)?;
                state.under_way.remove(at);
                if matches!(action, Action::Step(_)) {
                    self.step(&mut state, join);
                }
            }
            Action::End(pool) => {
                state.ends -= 1;
                state.records[pool].is_live = false;
                state.releases.push((pool, state.records[pool].nonce));
            }
            Action::Release(pool, nonce) => release(&mut state, pool, nonce),
            Action::Tick => state.now += 1,
        }
        state.under_way.sort_unstable();
        Some(state).filter(|state| state != last)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::<Self>::always("2: never live in two pools", |_, state| {
                !state.records.iter().all(|record| record.is_live)
            }),
            Property::<Self>::always("who is live has the claim", |_, state| {
                let mut live = (0..)
                    .zip(&state.records)
                    .filter(|(_, record)| record.is_live);
                live.all(|(pool, record)| {
                    state
                        .claim
                        .is_some_and(|claim| claim.pool == pool && claim.nonce >= record.nonce)
                })
            }),
            Property::<Self>::sometimes(
                "a claim that led to nothing is taken by another pool",
                |_, state| {
                    let taken = state
                        .claim
                        .is_some_and(|claim| state.records[claim.pool].nonce == claim.nonce);
                    taken
                        && state.nonces > 1
                        && state.now > FREE_AFTER_TICKS
                        && state.releases.is_empty()
                },
            ),
        ]
    }
}
