//! The selection of the changes that fit into a snapshot of limited size. What does not fit stays as
//! the client expects it.

mod send;

use alloc::vec::Vec;

use game::{Birth, Entity, EntityList, Field, Seat, Subject, Values, View};

use super::entities::Expected;
use super::layout::Layout;
use super::predict::Basis;

/// The view of a client after an incomplete snapshot.
#[derive(Clone, Debug, Default)]
pub struct Partial {
    /// The client's baseline of the next snapshot.
    pub view: View,
    /// By seat.
    seats: Vec<Freshness>,
    /// By kind, in the order of the view.
    entities: Vec<Vec<Freshness>>,
}

/// The snapshots that a client has.
#[derive(Clone, Copy, Debug)]
pub struct Before<'a> {
    /// The baseline of the next snapshot.
    pub baseline: &'a View,
    /// The reference of the next snapshot.
    pub reference: Option<&'a View>,
    /// What an incomplete baseline leaves out.
    pub partial: Option<&'a Partial>,
}

/// How recent a client's state of a player or an entity is.
#[derive(Clone, Copy, Debug, Default)]
struct Freshness {
    /// When it was last exact, ticks.
    exact: u32,
    /// The newest snapshot moved it to another place. Both sides extrapolate from the last two
    /// snapshots, so the extrapolation is soon wrong again, and it is sent first.
    again: bool,
}

/// A player or an entity that differs from what the client expects.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    /// The greatest is sent first.
    priority: u64,
    what: What,
    fresh: Freshness,
}

/// Identifies the player or entity.
#[derive(Clone, Copy, Debug)]
enum What {
    Seat(Seat),
    /// An entity that the client has: its kind, its index in the client's view and now.
    Known(usize, usize, usize),
    /// An entity that the client does not have: its kind, and its index now.
    New(usize, usize),
}

/// Selects what fits. Keeps its memory between snapshots.
#[derive(Debug, Default)]
pub struct Budget {
    waiting: Vec<Waiting>,
    /// The entities of one kind by birth, each with its index, sorted.
    by_birth: Vec<(Birth, usize)>,
    /// By index: whether the client has this entity.
    is_known: Vec<bool>,
    /// The new entities that are sent: kind and index.
    new: Vec<(usize, usize)>,
    /// The buffer in which sizes are measured.
    scratch: Vec<u8>,
}

impl Budget {
    /// Fills `out` with a view that [`encode_delta`](super::encode_delta) encodes as a frame of at
    /// most `bytes` bytes, header included. The match, the own seat and the removals are always
    /// current. Of all else, the most urgent subjects are current, and the others as the client
    /// expects them. The urgency is the relevance, times the ticks since the client last had the
    /// exact state of the subject.
    ///
    /// Returns whether everything fits. Even then the order of the entities can differ from that of
    /// `now`.
    pub fn fit(
        &mut self,
        layout: Layout<'_>,
        before: Before<'_>,
        now: &View,
        limit: &Limit<'_>,
        out: &mut Partial,
    ) -> bool {
        self.waiting.clear();
        self.new.clear();
        out.view.clear();
        out.view.tick = now.tick;
        out.view.match_values.extend(&now.match_values);
        let basis = Basis::new(before.baseline, before.reference, now.tick);
        let mut fit = Fit {
            layout,
            basis,
            partial: before.partial,
            now,
            limit,
            budget: self,
            out,
        };
        fit.expect_seats();
        fit.expect_entities();
        let fixed = fit.fixed_bits();
        fit.send((limit.bytes * 8).saturating_sub(fixed))
    }
}

/// The size limit of a snapshot, and the priorities within it.
pub struct Limit<'a> {
    /// The length of the frame, header included.
    pub bytes: usize,
    /// The seat of the client; its state is always sent.
    pub own: Seat,
    /// [`game::Game::relevance`] for this client.
    pub relevance: &'a dyn Fn(Subject<'_>) -> u8,
}

/// The selection for one snapshot.
struct Fit<'a> {
    layout: Layout<'a>,
    basis: Basis<'a>,
    partial: Option<&'a Partial>,
    now: &'a View,
    limit: &'a Limit<'a>,
    budget: &'a mut Budget,
    out: &'a mut Partial,
}

impl Fit<'_> {
    /// Fills in the expected seats, and the current own seat.
    fn expect_seats(&mut self) {
        let (fields, now) = (self.layout.schema.seat, self.now);
        let slots = self.layout.slots;
        self.out.seats.resize(slots, Freshness::default());
        for (seat, values) in now.seat_values().filter(|(seat, _)| seat.index() < slots) {
            self.out.seats[seat.index()] = Freshness::at(now.tick);
            let is_known = self.basis.baseline.seat(seat).is_some();
            if seat == self.limit.own {
                self.out.view.show(seat, values);
                continue;
            }
            if is_known {
                let shown = self.out.view.show_any(seat, fields.len());
                self.basis.of_seat(fields, seat, shown);
                if is_same(fields, shown, values) {
                    continue;
                }
            }
            let fresh = match self.partial {
                Some(partial) if is_known => partial.seats.get(seat.index()).copied(),
                _ if is_known => Some(Freshness::at(self.basis.baseline.tick)),
                _ => None,
            };
            let fresh = fresh.unwrap_or_default();
            self.out.seats[seat.index()] = fresh;
            self.wait(What::Seat(seat), fresh, Subject::Seat(seat));
        }
    }

    /// Fills in the expected entities, without the removed ones.
    fn expect_entities(&mut self) {
        let kinds = self.layout.schema.entities;
        self.out.entities.resize_with(kinds.len(), Vec::new);
        for (kind, described) in kinds.iter().enumerate() {
            let (now, basis) = (self.now.entities.of_kind(kind), self.basis);
            self.budget.name_all(now);
            self.out.entities[kind].clear();
            let mut expected = Expected::new(described, &basis, kind);
            let (before, mut near) = (basis.baseline.entities.of_kind(kind), 0);
            for (at, &birth) in before.births().iter().enumerate() {
                // If an entity of a kind that does not change has changed, it is another entity.
                let is_it =
                    |&found: &usize| described.changes || before.values(at) == now.values(found);
                let Some(found) = self.budget.find(now, birth, near).filter(is_it) else {
                    continue;
                };
                near = found + 1;
                self.budget.is_known[found] = true;
                if described.changes {
                    self.expect_entity(kind, (at, found), birth, expected.of(at));
                } else {
                    self.push(kind, birth, now.values(found), Freshness::at(self.now.tick));
                }
            }
            for (at, (birth, values)) in now.iter().enumerate() {
                if !self.budget.is_known[at] {
                    let fresh = Freshness::at(birth.tick.min(self.now.tick));
                    let entity = entity(kind, birth, values);
                    self.wait(What::New(kind, at), fresh, Subject::Entity(entity));
                }
            }
        }
    }

    /// Fills in an expected entity of a kind that changes: `at` in the baseline, and `found` now.
    fn expect_entity(
        &mut self,
        kind: usize,
        (at, found): (usize, usize),
        birth: Birth,
        expected: &Values,
    ) {
        let fields = self.layout.schema.entities[kind].fields;
        let values = self.now.entities.of_kind(kind).values(found);
        let shown = self.out.view.entities.of_kind(kind).len();
        if is_same(fields, expected, values) {
            return self.push(kind, birth, values, Freshness::at(self.now.tick));
        }
        let fresh = match self.partial {
            Some(partial) => partial
                .entities
                .get(kind)
                .and_then(|list| list.get(at))
                .copied(),
            None => Some(Freshness::at(self.basis.baseline.tick)),
        };
        let fresh = fresh.unwrap_or_default();
        self.push(kind, birth, &expected[..fields.len()], fresh);
        let subject = Subject::Entity(entity(kind, birth, values));
        self.wait(What::Known(kind, shown, found), fresh, subject);
    }

    fn push(&mut self, kind: usize, birth: Birth, values: &[u32], fresh: Freshness) {
        self.out.view.entities.push(entity(kind, birth, values));
        self.out.entities[kind].push(fresh);
    }

    fn wait(&mut self, what: What, fresh: Freshness, subject: Subject<'_>) {
        let relevance = u64::from((self.limit.relevance)(subject).max(1));
        let ticks = u64::from(self.now.tick.saturating_sub(fresh.exact)) + 1;
        self.budget.waiting.push(Waiting {
            priority: (u64::from(fresh.again) << 48) | (relevance * ticks),
            what,
            fresh,
        });
    }
}

impl Budget {
    /// Prepares the lookup of a kind's entities by birth; none is known to the client yet.
    fn name_all(&mut self, now: &EntityList) {
        self.by_birth.clear();
        self.is_known.clear();
        self.is_known.resize(now.len(), false);
    }

    /// The index of an entity; `near` is its probable index.
    fn find(&mut self, now: &EntityList, birth: Birth, near: usize) -> Option<usize> {
        if now.births().get(near) == Some(&birth) {
            return Some(near);
        }
        if self.by_birth.is_empty() {
            let names = now.births().iter().enumerate();
            self.by_birth.extend(names.map(|(at, &birth)| (birth, at)));
            self.by_birth.sort_unstable();
        }
        let found = self
            .by_birth
            .binary_search_by_key(&birth, |&(birth, _)| birth);
        Some(self.by_birth[found.ok()?].1)
    }
}

impl Freshness {
    fn at(tick: u32) -> Self {
        Self {
            exact: tick,
            again: false,
        }
    }
}

fn entity(kind: usize, birth: Birth, values: &[u32]) -> Entity<'_> {
    Entity {
        kind: kind as u8,
        birth,
        values,
    }
}

/// Omitted values are 0.
fn is_same(fields: &[Field], expected: &[u32], values: &[u32]) -> bool {
    let value = |values: &[u32], at| values.get(at).copied().unwrap_or_default();
    (0..fields.len()).all(|at| value(expected, at) == value(values, at))
}
