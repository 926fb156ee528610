//! The entities of one kind in a match.

use alloc::vec::Vec;
use core::mem;
use core::ops::{Deref, DerefMut};

use super::{Fields, Save};
use crate::{BadState, Birth, Entity, Reader, Seat, Values, View};

/// A struct of entities that [`state!`](crate::state) declares, with a match field for them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a kind of entity",
    note = "declare it in `game::state!`, after the player, and a field of the match with `entities({Self})` or `shots({Self})`"
)]
pub trait EntityFields: Fields + Default {
    /// The index of its kind in the schema.
    const KIND: u8;
}

/// An entity that does not change: its fields at any tick follow from its birth and its age. It is
/// sent once.
#[diagnostic::on_unimplemented(
    message = "`shots({Self})` needs `impl game::Evaluated for {Self}`",
    note = "entities whose fields change are `entities({Self})`"
)]
pub trait Evaluated: EntityFields {
    /// The fields this many ticks after it appeared.
    #[must_use]
    fn after(&self, ticks: u32) -> Self;
}

/// Entities of one kind, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entities<T>(Vec<Spawned<T>>);

/// An entity with its birth. It dereferences to the fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spawned<T> {
    birth: Birth,
    fields: T,
}

impl<T> Entities<T> {
    /// Adds an entity, and returns its birth. `tick` is [`Step::tick`](crate::Step), and 0 in a
    /// new match. `owner` is a seat, or None.
    ///
    /// A client that predicts the same spawn gives the entity the same birth.
    pub fn spawn(&mut self, tick: u32, owner: impl Into<Option<Seat>>, fields: T) -> Birth {
        let mut birth = Birth::new(tick, owner);
        let newest = self.0.iter().rev();
        let mut siblings = newest
            .take_while(|other| other.birth.tick == tick)
            .filter(|other| other.birth.owner == birth.owner);
        if let Some(last) = siblings.next() {
            birth.index = (last.birth.index + 1).min(Birth::INDEX_MAX);
        }
        self.0.push(Spawned { birth, fields });
        birth
    }

    /// Removes the entities for which `keep` is false.
    pub fn retain(&mut self, keep: impl FnMut(&mut Spawned<T>) -> bool) {
        self.0.retain_mut(keep);
    }

    /// Removes all entities.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The entities, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Spawned<T>> {
        self.0.iter()
    }

    /// The entities, oldest first.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Spawned<T>> {
        self.0.iter_mut()
    }

    /// The entity with this birth, if it exists.
    pub fn get(&self, birth: Birth) -> Option<&Spawned<T>> {
        self.0.iter().find(|entity| entity.birth == birth)
    }

    /// The entity with this birth, if it exists.
    pub fn get_mut(&mut self, birth: Birth) -> Option<&mut Spawned<T>> {
        self.0.iter_mut().find(|entity| entity.birth == birth)
    }

    /// The number of entities.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no entity.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Default for Entities<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Spawned<T> {
    /// Its birth.
    pub const fn birth(&self) -> Birth {
        self.birth
    }

    /// The owner, if any.
    pub const fn owner(&self) -> Option<Seat> {
        self.birth.owner
    }

    /// How many ticks ago it appeared.
    pub const fn age(&self, tick: u32) -> u32 {
        tick.saturating_sub(self.birth.tick)
    }
}

impl<T: EntityFields> Spawned<T> {
    /// Its id, for an event.
    pub fn id(&self) -> u64 {
        let entity = Entity {
            kind: T::KIND,
            birth: self.birth,
            values: &[],
        };
        entity.id()
    }
}

impl<T: Evaluated> Spawned<T> {
    /// Its fields at this tick.
    #[must_use]
    pub fn at(&self, tick: u32) -> T {
        self.fields.after(self.age(tick))
    }
}

impl<T> Deref for Spawned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.fields
    }
}

impl<T> DerefMut for Spawned<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.fields
    }
}

impl<T: EntityFields> Entities<T> {
    /// Adds them to a view. For [`State::read`](super::State::read).
    pub fn read(&self, view: &mut View) {
        for Spawned { birth, fields } in &self.0 {
            view.entities.push(Entity {
                kind: T::KIND,
                birth: *birth,
                values: &fields.values()[..T::FIELDS.len()],
            });
        }
    }

    /// Loads them from a view; hidden fields are unchanged. For [`State::load`](super::State::load).
    pub fn load(&mut self, view: &View) {
        let mut before = mem::take(&mut self.0);
        let shown = view.entities.of_kind(T::KIND.into());
        let mut near = 0;
        for (birth, values) in shown.iter() {
            let mut fields = T::default();
            if let Some(at) = position(&before, birth, near) {
                mem::swap(&mut fields, &mut before[at].fields);
                near = at + 1;
            }
            fields.set_values(values);
            self.0.push(Spawned { birth, fields });
        }
    }
}

impl<T: Fields> Entities<T> {
    /// Counts their timers down. For [`State::pass`](super::State::pass).
    pub fn pass(&mut self, ticks: u32) {
        self.iter_mut().for_each(|entity| entity.pass(ticks));
    }

    /// The minimum of their running timers and `before`. For [`State::due_in`](super::State::due_in).
    pub fn due_before(&self, before: u32) -> u32 {
        self.iter()
            .fold(before, |before, entity| entity.due_before(before))
    }
}

/// The index of an entity; the search starts at `near`.
fn position<T>(entities: &[Spawned<T>], birth: Birth, near: usize) -> Option<usize> {
    let is_it = |entity: &Spawned<T>| entity.birth == birth;
    if entities.get(near).is_some_and(is_it) {
        return Some(near);
    }
    entities.iter().position(is_it)
}

/// For [`State::evaluate`](super::State::evaluate), if the entity is one of these.
#[doc(hidden)]
pub fn evaluated<T: Evaluated>(entity: &Entity<'_>, tick: u32) -> Option<Values> {
    if entity.kind != T::KIND {
        return None;
    }
    let mut fields = T::default();
    fields.set_values(entity.values);
    Some(
        fields
            .after(tick.saturating_sub(entity.birth.tick))
            .values(),
    )
}

/// A count of 4 bytes, then the tick, the owner, the index and the fields of each entity.
impl<T: Fields> Save for Entities<T> {
    fn save(&self, out: &mut Vec<u8>) {
        (self.0.len() as u32).save(out);
        for Spawned { birth, fields } in &self.0 {
            birth.tick.save(out);
            birth.owner.save(out);
            birth.index.save(out);
            fields.save(out);
        }
    }

    fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState> {
        let count = bytes.u32()?;
        let mut entities = Self::default();
        // An entity has at least seven bytes, so a wrong count ends at the end of the bytes.
        for _ in 0..count {
            let birth = Birth {
                tick: bytes.u32()?,
                owner: Save::restore(bytes)?,
                index: bytes.u16()?,
            };
            if birth.index > Birth::INDEX_MAX {
                return Err(BadState("an index of an entity is out of range"));
            }
            let fields = T::restore(bytes)?;
            entities.0.push(Spawned { birth, fields });
        }
        Ok(entities)
    }
}
