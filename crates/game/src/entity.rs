//! The entities of a view, by kind: everything that is not a player.

use alloc::vec::Vec;

use crate::{Seat, Values};

/// The maximum number of entities in a view.
pub const ENTITIES_MAX: usize = 512;
/// The owner number of an id without an owner.
const NOBODY: u64 = 127;

/// An entity as a view shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entity<'a> {
    /// Index into [`crate::Schema::entities`].
    pub kind: u8,
    /// Its identity.
    pub birth: Birth,
    /// Its fields: the current ones if its kind changes, otherwise those of its birth.
    pub values: &'a [u32],
}

/// The identity of an entity among those of its kind: when and how it appeared. It never
/// changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Birth {
    /// The tick in which it appeared.
    pub tick: u32,
    /// The owner, if any.
    pub owner: Option<Seat>,
    /// Distinguishes the entities of one owner and tick: 0 for the first one.
    pub index: u16,
}

impl<'a> Entity<'a> {
    /// The first entity of this owner and tick, with these fields.
    pub fn new(kind: u8, owner: impl Into<Option<Seat>>, tick: u32, values: &'a [u32]) -> Self {
        let birth = Birth::new(tick, owner);
        Self {
            kind,
            birth,
            values,
        }
    }

    /// Its fields, as many as a view can have; the rest is 0.
    pub fn fields(&self) -> Values {
        let mut fields = Values::default();
        for (field, &value) in fields.iter_mut().zip(self.values) {
            *field = value;
        }
        fields
    }

    /// A number below 2^53 that identifies it in the match. The first entity of kind 0 of a seat below 8 in a tick
    /// has tick × 8 + seat.
    pub const fn id(&self) -> u64 {
        let Birth { tick, owner, index } = self.birth;
        let owner = match owner {
            Some(seat) => seat.index() as u64,
            None => NOBODY,
        };
        let high = (index as u64 * 16 + self.kind as u64) * 16 + owner / 8;
        (high << 35) | ((tick as u64) << 3) | (owner % 8)
    }
}

impl Birth {
    /// The greatest [`Birth::index`]: a JSON number can hold every id.
    pub const INDEX_MAX: u16 = (1 << 10) - 1;

    /// The birth of the first entity of this owner and tick.
    pub fn new(tick: u32, owner: impl Into<Option<Seat>>) -> Self {
        Self {
            tick,
            owner: owner.into(),
            index: 0,
        }
    }

    /// Splits [`Entity::id`] into the kind and the birth. An owner that is not a seat becomes None.
    pub const fn of_id(id: u64) -> (u8, Self) {
        let birth = Self {
            tick: (id >> 3) as u32,
            owner: Seat::new((id % 8 + (id >> 35) % 16 * 8) as usize),
            index: (id >> 43) as u16 & Self::INDEX_MAX,
        };
        ((id >> 39) as u8 % 16, birth)
    }
}

/// The entities of a view, by kind, and within a kind in the game's order. It can be filled again
/// without an allocation.
#[derive(Clone, Debug, Default)]
pub struct EntityLists {
    /// By kind.
    lists: Vec<EntityList>,
}

impl EntityLists {
    /// Adds an entity after those of its kind.
    pub fn push(&mut self, entity: Entity<'_>) {
        let kind = usize::from(entity.kind);
        if kind >= self.lists.len() {
            self.lists.resize_with(kind + 1, EntityList::default);
        }
        self.lists[kind].push(entity.birth, entity.values);
    }

    /// Removes the entities for which `keep` is false.
    pub fn retain(&mut self, keep: impl Fn(Entity<'_>) -> bool) {
        for (kind, list) in self.lists.iter_mut().enumerate() {
            list.retain(|birth, values| {
                keep(Entity {
                    kind: kind as u8,
                    birth,
                    values,
                })
            });
        }
    }

    /// Removes all entities and keeps the memory.
    pub fn clear(&mut self) {
        for list in &mut self.lists {
            list.births.clear();
            list.values.clear();
        }
    }

    /// The values of an entity for changes; empty if there is none.
    pub fn values_mut(&mut self, kind: usize, at: usize) -> &mut [u32] {
        let list = self.lists.get_mut(kind);
        list.map_or(&mut [], |list| list.values_mut(at))
    }

    /// The entities of this kind.
    pub fn of_kind(&self, kind: usize) -> &EntityList {
        static EMPTY: EntityList = EntityList {
            births: Vec::new(),
            values: Vec::new(),
            width: 0,
        };
        self.lists.get(kind).unwrap_or(&EMPTY)
    }

    /// All lists, by kind, including empty ones.
    pub(crate) fn lists(&self) -> &[EntityList] {
        &self.lists
    }

    /// The number of entities.
    pub fn len(&self) -> usize {
        self.lists.iter().map(EntityList::len).sum()
    }

    /// Whether there is no entity.
    pub fn is_empty(&self) -> bool {
        self.lists.iter().all(EntityList::is_empty)
    }

    /// All entities, by kind.
    pub fn iter(&self) -> impl Iterator<Item = Entity<'_>> {
        self.lists.iter().enumerate().flat_map(|(kind, list)| {
            let entity = move |(birth, values)| Entity {
                kind: kind as u8,
                birth,
                values,
            };
            list.iter().map(entity)
        })
    }
}

impl PartialEq for EntityLists {
    fn eq(&self, other: &Self) -> bool {
        let kinds = self.lists.len().max(other.lists.len());
        (0..kinds).all(|kind| self.of_kind(kind) == other.of_kind(kind))
    }
}

impl Eq for EntityLists {}

impl<'a> Extend<Entity<'a>> for EntityLists {
    fn extend<I: IntoIterator<Item = Entity<'a>>>(&mut self, entities: I) {
        for entity in entities {
            self.push(entity);
        }
    }
}

impl<'a> FromIterator<Entity<'a>> for EntityLists {
    fn from_iter<I: IntoIterator<Item = Entity<'a>>>(entities: I) -> Self {
        let mut lists = Self::default();
        lists.extend(entities);
        lists
    }
}

/// The entities of one kind.
#[derive(Clone, Debug, Default)]
pub struct EntityList {
    births: Vec<Birth>,
    /// The values of all entities in sequence.
    values: Vec<u32>,
    /// The number of values per entity.
    width: usize,
}

impl EntityList {
    /// The number of entities.
    pub fn len(&self) -> usize {
        self.births.len()
    }

    /// Whether there is no entity.
    pub fn is_empty(&self) -> bool {
        self.births.is_empty()
    }

    /// The birth of each entity.
    pub fn births(&self) -> &[Birth] {
        &self.births
    }

    /// The values of the entity at this index; empty if there is none.
    #[inline]
    pub fn values(&self, at: usize) -> &[u32] {
        let start = at * self.width;
        self.values
            .get(start..start + self.width)
            .unwrap_or_default()
    }

    /// Each entity's birth and values.
    pub fn iter(&self) -> impl Iterator<Item = (Birth, &[u32])> + Clone {
        let births = self.births.iter().copied().enumerate();
        births.map(|(at, birth)| (birth, self.values(at)))
    }

    /// Whether it starts with all entities of another list; `with_values` also compares their
    /// values.
    pub fn starts_with(&self, other: &Self, with_values: bool) -> bool {
        self.births.starts_with(&other.births)
            && (!with_values || self.values.starts_with(&other.values))
    }

    /// The index of an entity; the search starts at `near`.
    pub fn position(&self, birth: Birth, near: usize) -> Option<usize> {
        if self.births.get(near) == Some(&birth) {
            return Some(near);
        }
        self.births.iter().position(|other| *other == birth)
    }

    fn values_mut(&mut self, at: usize) -> &mut [u32] {
        let start = at * self.width;
        self.values
            .get_mut(start..start + self.width)
            .unwrap_or_default()
    }

    fn retain(&mut self, keep: impl Fn(Birth, &[u32]) -> bool) {
        let (width, mut kept) = (self.width, 0);
        for at in 0..self.births.len() {
            if !keep(self.births[at], self.values(at)) {
                continue;
            }
            self.births[kept] = self.births[at];
            let from = at * width;
            self.values.copy_within(from..from + width, kept * width);
            kept += 1;
        }
        self.births.truncate(kept);
        self.values.truncate(kept * width);
    }

    /// The number of values per entity.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    #[inline]
    fn push(&mut self, birth: Birth, values: &[u32]) {
        if self.births.is_empty() {
            self.width = values.len();
        }
        if self.births.len() == self.births.capacity() {
            self.grow();
        }
        self.births.push(birth);
        if values.len() == self.width {
            self.values.extend_from_slice(values);
        } else {
            self.values.extend(values.iter().take(self.width));
            self.values.resize(self.births.len() * self.width, 0);
        }
    }
}

impl EntityList {
    /// Reserves at once as much as most games need.
    #[cold]
    fn grow(&mut self) {
        let more = self.births.len().max(32);
        self.births.reserve(more);
        self.values.reserve(more * self.width);
    }
}

impl PartialEq for EntityList {
    fn eq(&self, other: &Self) -> bool {
        self.births == other.births && self.values == other.values
    }
}

impl Eq for EntityList {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_and_fit_into_a_number_of_json() {
        let id = |kind, tick, owner: Option<usize>, index| {
            let owner = owner.and_then(Seat::new);
            let birth = Birth { tick, owner, index };
            let values = &[];
            let id = Entity {
                kind,
                birth,
                values,
            }
            .id();
            assert_eq!(Birth::of_id(id), (kind, birth));
            id
        };
        assert_eq!(id(0, 810, Some(0), 0), 6480);
        assert_eq!(id(0, 10, Some(1), 0), 81);
        assert_eq!(id(15, u32::MAX, None, Birth::INDEX_MAX), (1 << 53) - 1);
        let mut ids: Vec<_> = [None, Some(0), Some(4)]
            .into_iter()
            .flat_map(|owner| [(0, 0), (0, 1), (1, 0)].map(|(kind, at)| id(kind, 7, owner, at)))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 9);
    }

    #[test]
    fn entities_are_listed_by_kind_and_keep_their_order() {
        let owner = Seat::new(2);
        let lists: EntityLists = [
            Entity::new(1, owner, 5, &[1, 2]),
            Entity::new(0, None, 3, &[7]),
            Entity::new(1, None, 4, &[3, 4]),
        ]
        .into_iter()
        .collect();
        let kinds: Vec<_> = lists
            .iter()
            .map(|entity| (entity.kind, entity.values))
            .collect();
        assert_eq!(kinds, [(0, &[7][..]), (1, &[1, 2]), (1, &[3, 4])]);
        assert_eq!(lists.of_kind(1).position(Birth::new(4, None), 0), Some(1));
        assert_eq!(lists.of_kind(1).position(Birth::new(4, None), 1), Some(1));
        assert_eq!(lists.of_kind(9).position(Birth::new(4, None), 0), None);
    }

    #[test]
    fn emptied_lists_equal_new_ones() {
        let mut lists = EntityLists::default();
        lists.push(Entity::new(3, None, 1, &[1]));
        assert_ne!(lists, EntityLists::default());
        lists.clear();
        assert_eq!((lists.len(), lists.is_empty()), (0, true));
        assert_eq!(lists, EntityLists::default());
    }
}
