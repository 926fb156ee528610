//! The entities of one kind in a match: things that are not players.

use alloc::vec::Vec;
use core::mem;
use core::ops::{Deref, DerefMut};

use super::{Fields, Save};
use crate::{BadState, Birth, Entity, Reader, Seat, Values, View};

/// A struct that [`state!`](crate::state) declares, and whose entities a field of the match has.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no kind of entity",
    note = "declare it in `game::state!`, after the player, and a field of the match with `entities({Self})` or `shots({Self})`"
)]
pub trait EntityFields: Fields + Default {
    /// Its index among the kinds of the schema.
    const KIND: u8;
}

/// An entity that does not change: where it is follows from how it appeared, and how long ago. So
/// it is sent once.
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

/// An entity and what names it. It dereferences to the fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spawned<T> {
    birth: Birth,
    fields: T,
}

impl<T> Entities<T> {
    /// Adds an entity, and returns what names it. `tick` is [`Step::tick`](crate::Step), and 0 in a
    /// fresh match. `owner` is a seat, or None: nobody's.
    ///
    /// A client that predicts the same spawn gives the entity the same name.
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

    /// Removes all of them.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Each of them, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Spawned<T>> {
        self.0.iter()
    }

    /// Each of them, oldest first.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Spawned<T>> {
        self.0.iter_mut()
    }

    /// The entity with this name, unless it is gone.
    pub fn get(&self, birth: Birth) -> Option<&Spawned<T>> {
        self.0.iter().find(|entity| entity.birth == birth)
    }

    /// The entity with this name, unless it is gone.
    pub fn get_mut(&mut self, birth: Birth) -> Option<&mut Spawned<T>> {
        self.0.iter_mut().find(|entity| entity.birth == birth)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
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
    /// What names it.
    pub const fn birth(&self) -> Birth {
        self.birth
    }

    /// The owner; None: nobody.
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
    /// Shows them. For [`State::read`](super::State::read).
    pub fn read(&self, view: &mut View) {
        for Spawned { birth, fields } in &self.0 {
            view.entities.push(Entity {
                kind: T::KIND,
                birth: *birth,
                values: &fields.values()[..T::FIELDS.len()],
            });
        }
    }

    /// Takes over what is shown; hidden fields stay. For [`State::load`](super::State::load).
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

    /// The least of their running timers and `before`. For [`State::due_in`](super::State::due_in).
    pub fn due_before(&self, before: u32) -> u32 {
        self.iter()
            .fold(before, |before, entity| entity.due_before(before))
    }
}

/// The index of an entity, which is looked for first at `near`.
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

/// A count of 4 bytes, then of each entity its tick, its owner, its index and its fields.
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
        // Each of them has at least seven bytes, so a wrong count ends at the end of the bytes.
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
