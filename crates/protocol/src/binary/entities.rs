//! The entities of a snapshot: kind by kind, in the order of the schema.

use game::{
    Birth, ENTITIES_MAX, ENTITY_KINDS_MAX, Entity, EntityKind, EntityList, FIELDS_MAX, SEATS_MAX,
    Seat, Values, View,
};

use super::bits::{Reader, Writer};
use super::delta::{put_changes, take_changes};
use super::layout::Layout;
use super::number::{GROUPS_TICK, put_grouped, take_grouped};
use super::predict::Basis;
use super::view::{put_values, take_values};

const OWNER_BITS: u32 = 7;
const KIND_BITS: u32 = 4;
/// The owner number of an entity without an owner.
const NOBODY: u32 = (1 << OWNER_BITS) - 1;
/// The maximum groups of an index: 16 bits.
const GROUPS_INDEX: u32 = 4;

const TOO_MANY: &str = "too many entities";

const _: () = assert!(SEATS_MAX <= NOBODY as usize);
const _: () = assert!(ENTITY_KINDS_MAX <= 1 << KIND_BITS);

/// Appends, for each kind, which of the baseline's entities are gone, the changes of the others if
/// the kind changes, and the new ones.
pub(super) fn put_entities(
    bits: &mut Writer<'_>,
    layout: Layout<'_>,
    basis: &Basis<'_>,
    view: &View,
) {
    for (kind, described) in layout.schema.entities.iter().enumerate() {
        let (before, now) = (
            basis.baseline.entities.of_kind(kind),
            view.entities.of_kind(kind),
        );
        let survivors = put_survivors(bits, described, before, now);
        if described.changes && survivors > 0 {
            let both = both(before, now, survivors);
            put_all_changes(bits, described, basis, kind, both);
        }
        put_new(bits, layout, described, view, kind, survivors);
    }
}

/// Reads [`put_entities`].
pub(super) fn take_entities(
    bits: &mut Reader<'_>,
    layout: Layout<'_>,
    basis: &Basis<'_>,
    out: &mut View,
) {
    for (kind, described) in layout.schema.entities.iter().enumerate() {
        take_survivors(bits, described, basis, kind, out);
        take_all_changes(bits, described, kind, out);
        take_new(bits, layout, described, kind, out);
    }
    check_count(bits, out);
}

/// Appends the entities of a kind from the index `from` on, each after a bit 1, and a bit 0.
pub(super) fn put_new(
    bits: &mut Writer<'_>,
    layout: Layout<'_>,
    described: &EntityKind,
    view: &View,
    kind: usize,
    from: usize,
) {
    let list = view.entities.of_kind(kind);
    for entity in list.iter().skip(from) {
        put_one(bits, layout, described, view.tick, entity);
    }
    bits.flag(false);
}

/// Appends a bit 1 and an entity.
#[inline]
pub(super) fn put_one(
    bits: &mut Writer<'_>,
    layout: Layout<'_>,
    described: &EntityKind,
    tick: u32,
    (birth, values): (Birth, &[u32]),
) {
    bits.flag(true);
    put_owner(bits, layout, None, birth);
    put_age(bits, tick, birth);
    put_values(bits, described.fields, values);
}

/// Reads [`put_new`].
pub(super) fn take_new(
    bits: &mut Reader<'_>,
    layout: Layout<'_>,
    described: &EntityKind,
    kind: usize,
    out: &mut View,
) {
    while bits.flag() {
        if out.entities.of_kind(kind).len() >= ENTITIES_MAX {
            return bits.refuse(TOO_MANY);
        }
        let (_, owner, index) = take_owner(bits, layout, false);
        let tick = take_tick(bits, out.tick);
        let birth = Birth { tick, owner, index };
        let mut values = Values::default();
        take_values(bits, described.fields, &mut values);
        push(out, described, kind, birth, &values);
    }
}

/// Refuses more than [`ENTITIES_MAX`] entities.
pub(super) fn check_count(bits: &mut Reader<'_>, out: &View) {
    if out.entities.len() > ENTITIES_MAX {
        bits.refuse(TOO_MANY);
    }
}

/// Appends the id of an entity.
pub(super) fn put_id(bits: &mut Writer<'_>, layout: Layout<'_>, tick: u32, id: u64) {
    let (kind, birth) = Birth::of_id(id);
    put_owner(bits, layout, Some(kind), birth);
    put_age(bits, tick, birth);
}

/// Reads [`put_id`].
pub(super) fn take_id(bits: &mut Reader<'_>, layout: Layout<'_>, tick: u32) -> u64 {
    let (kind, owner, index) = take_owner(bits, layout, true);
    let tick = take_tick(bits, tick);
    let entity = Entity {
        kind,
        birth: Birth { tick, owner, index },
        values: &[],
    };
    entity.id()
}

fn put_age(bits: &mut Writer<'_>, tick: u32, birth: Birth) {
    put_grouped(bits, tick.wrapping_sub(birth.tick).into());
}

fn take_tick(bits: &mut Reader<'_>, tick: u32) -> u32 {
    tick.wrapping_sub(take_grouped(bits, GROUPS_TICK) as u32)
}

/// The seat number that announces an owner in full and an index.
fn other(layout: Layout<'_>) -> u32 {
    (1 << layout.seat_bits()) - 1
}

/// The seat of the owner, if it is the first entity of this seat and tick, and of kind 0. Otherwise
/// the owner, the kind if it is given, and the index.
fn put_owner(bits: &mut Writer<'_>, layout: Layout<'_>, kind: Option<u8>, birth: Birth) {
    let owner = birth.owner.map(|seat| seat.index() as u32);
    match owner {
        Some(seat) if seat < other(layout) && birth.index == 0 && kind.unwrap_or(0) == 0 => {
            bits.put(seat, layout.seat_bits());
        }
        _ => {
            bits.put(other(layout), layout.seat_bits())
                .put(owner.unwrap_or(NOBODY), OWNER_BITS);
            if let Some(kind) = kind {
                bits.put(kind.into(), KIND_BITS);
            }
            put_grouped(bits, birth.index.into());
        }
    }
}

fn take_owner(
    bits: &mut Reader<'_>,
    layout: Layout<'_>,
    has_kind: bool,
) -> (u8, Option<Seat>, u16) {
    let short = bits.take(layout.seat_bits());
    let is_short = short != other(layout);
    let number = if is_short {
        short
    } else {
        bits.take(OWNER_BITS)
    };
    let owner = Seat::new(number as usize);
    if owner.is_none() && (is_short || number != NOBODY) {
        bits.refuse("no such seat");
    }
    if is_short {
        return (0, owner, 0);
    }
    let kind = if has_kind { bits.take(KIND_BITS) } else { 0 };
    let index = take_grouped(bits, GROUPS_INDEX) as u16;
    if index > Birth::INDEX_MAX {
        bits.refuse("an index is too large");
    }
    (kind as u8, owner, index)
}

/// If the baseline has entities of this kind: a bit, whether any of them is gone; then a bit for
/// each, 1 if it is gone. Returns how many of the newest entities are in the baseline. They come
/// first, in the same order; the others are new.
fn put_survivors(
    bits: &mut Writer<'_>,
    described: &EntityKind,
    before: &EntityList,
    now: &EntityList,
) -> usize {
    if before.is_empty() {
        return 0;
    }
    // Usually nothing is gone.
    if now.starts_with(before, !described.changes) {
        bits.flag(false);
        return before.len();
    }
    let is_same = |old: usize, new: usize| {
        now.births().get(new) == before.births().get(old)
            && (described.changes || before.values(old) == now.values(new))
    };
    let mut survivors = 0;
    for old in 0..before.len() {
        survivors += usize::from(is_same(old, survivors));
    }
    let any_gone = survivors < before.len();
    bits.flag(any_gone);
    if any_gone {
        let mut next = 0;
        for old in 0..before.len() {
            let stays = next < survivors && is_same(old, next);
            bits.flag(!stays);
            next += usize::from(stays);
        }
    }
    survivors
}

/// Reads [`put_survivors`]: adds the remaining entities, those of a changing kind as they are expected.
fn take_survivors(
    bits: &mut Reader<'_>,
    described: &EntityKind,
    basis: &Basis<'_>,
    kind: usize,
    out: &mut View,
) {
    let before = basis.baseline.entities.of_kind(kind);
    let any_gone = !before.is_empty() && bits.flag();
    let mut expected = Expected::new(described, basis, kind);
    for (at, (birth, values)) in before.iter().enumerate() {
        if any_gone && bits.flag() {
            continue;
        }
        if described.changes {
            push(out, described, kind, birth, expected.of(at));
        } else {
            let kind = kind as u8;
            out.entities.push(Entity {
                kind,
                birth,
                values,
            });
        }
    }
}

/// The survivors: the index of each in the baseline, and its values now.
fn both<'a>(
    before: &'a EntityList,
    now: &'a EntityList,
    survivors: usize,
) -> impl Iterator<Item = (usize, &'a [u32])> + Clone {
    let mut old = before.births().iter().enumerate();
    now.iter()
        .take(survivors)
        .filter_map(move |(birth, values)| {
            let (at, _) = old.find(|(_, other)| **other == birth)?;
            Some((at, values))
        })
}

/// A bit, whether any of these survivors differs from its expected values. Then each of them, like
/// a seat.
fn put_all_changes<'a>(
    bits: &mut Writer<'_>,
    described: &EntityKind,
    basis: &Basis<'_>,
    kind: usize,
    survivors: impl Iterator<Item = (usize, &'a [u32])> + Clone,
) {
    let fields = described.fields;
    let mut expected = Expected::new(described, basis, kind);
    let any = survivors
        .clone()
        .any(|(at, values)| expected.of(at)[..fields.len()] != *values);
    bits.flag(any);
    if any {
        let mut expected = Expected::new(described, basis, kind);
        for (at, values) in survivors {
            put_changes(bits, fields, expected.of(at), values);
        }
    }
}

fn take_all_changes(bits: &mut Reader<'_>, described: &EntityKind, kind: usize, out: &mut View) {
    let survivors = out.entities.of_kind(kind).len();
    if described.changes && survivors > 0 && bits.flag() {
        for at in 0..survivors {
            take_changes(bits, described.fields, out.entities.values_mut(kind, at));
        }
    }
}

/// The expected values of the baseline's entities of a kind, in order.
pub(super) struct Expected<'a> {
    described: &'a EntityKind,
    basis: &'a Basis<'a>,
    baseline: &'a EntityList,
    reference: Option<&'a EntityList>,
    /// The probable index of the next one in the reference.
    near: usize,
    values: Values,
}

impl<'a> Expected<'a> {
    pub(super) fn new(described: &'a EntityKind, basis: &'a Basis<'a>, kind: usize) -> Self {
        Self {
            described,
            basis,
            baseline: basis.baseline.entities.of_kind(kind),
            reference: basis.reference.map(|view| view.entities.of_kind(kind)),
            near: 0,
            values: Values::default(),
        }
    }

    /// The expected values of the entity at this index of the baseline.
    pub(super) fn of(&mut self, at: usize) -> &Values {
        let known = self.baseline.values(at);
        let earlier = self.reference.and_then(|reference| {
            let found = reference.position(self.baseline.births()[at], self.near)?;
            self.near = found + 1;
            Some(reference.values(found))
        });
        let fields = self.described.fields.iter().zip(known).enumerate();
        for (value, (at, (field, &known))) in self.values.iter_mut().zip(fields) {
            let earlier = earlier.and_then(|earlier| earlier.get(at)).copied();
            *value = self.basis.expected(field, known, earlier);
        }
        &self.values
    }
}

fn push(out: &mut View, described: &EntityKind, kind: usize, birth: Birth, values: &Values) {
    out.entities.push(Entity {
        kind: kind as u8,
        birth,
        values: &values[..described.fields.len().min(FIELDS_MAX)],
    });
}
