//! Positions of other players and of entities that change: interpolated between two snapshots,
//! extrapolated briefly after the newest.

use alloc::vec::Vec;

use game::{Birth, Entity, EntityKind, FIELDS_MAX, Field, Kind, Rate, Schema, Seat};

use crate::scene::{Body, Thing, blended, shown};
use crate::snapshots::{Snapshot, Snapshots};

/// Movement is extrapolated for at most this time without a newer snapshot, frames
/// (1/60 s).
const EXTRAPOLATED_FRAMES_MAX: f64 = 6.0;
/// Snapshots further apart are too far for an estimate of movement, frames.
const GAP_FRAMES_MAX: u32 = 12;
/// A longer movement in a frame is a teleport, px.
const JUMP_PX: u32 = 32;

/// Two snapshots, and the position of a moment between them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment<'a> {
    /// The snapshot before the older one.
    earlier: Option<&'a Snapshot>,
    older: &'a Snapshot,
    newer: &'a Snapshot,
    /// 0 at the older snapshot, 1 at the newer one, more after it.
    part: f32,
    rate: Rate,
}

impl<'a> Moment<'a> {
    /// None before the first snapshot.
    pub(crate) fn at(snapshots: &'a Snapshots, rate: Rate, tick: f64) -> Option<Self> {
        let before = |snapshot| before(snapshots, rate, snapshot);
        let (older, newer, tick) = match snapshots.around(tick) {
            (None, None) => return None,
            (Some(older), Some(newer)) => (older, newer, tick),
            (None, Some(only)) => (only, only, tick),
            (Some(newest), None) => {
                let extrapolated = EXTRAPOLATED_FRAMES_MAX / f64::from(rate.frames_per_tick());
                let furthest = f64::from(newest.view.tick) + extrapolated;
                let earlier = before(newest).unwrap_or(newest);
                (earlier, newest, tick.min(furthest))
            }
        };
        let ticks = f64::from(newer.view.tick - older.view.tick).max(1.0);
        Some(Self {
            earlier: before(older),
            older,
            newer,
            rate,
            part: ((tick - f64::from(older.view.tick)) / ticks) as f32,
        })
    }

    /// The player on this seat, if the seat is part of the match.
    pub(crate) fn body(&self, schema: &Schema, seat: Seat) -> Option<Body> {
        let fields = schema.seat;
        let nearest = if self.part < 1.0 {
            self.older
        } else {
            self.newer
        };
        let values = blend(
            fields,
            seat,
            (self.older, self.newer),
            (self.part, self.rate),
        )
        .or_else(|| self.until_the_end(fields, seat))
        .or_else(|| Some(shown(fields, nearest.view.seat(seat)?)))?;
        let alive = nearest.alive.contains(seat);
        Some(Body { values, alive })
    }

    /// The fields of the match itself.
    pub(crate) fn match_values(&self, schema: &Schema) -> [f32; FIELDS_MAX] {
        let (from, to) = (&self.older.view.match_values, &self.newer.view.match_values);
        blended(schema.match_fields, from, to, self.part)
    }

    /// Appends the entities that change, as they are drawn at this tick.
    pub(crate) fn things(&self, kinds: &[EntityKind], tick: f64, out: &mut Vec<Thing>) {
        let nearest = if self.part < 1.0 {
            self.older
        } else {
            self.newer
        };
        for (kind, described) in kinds.iter().enumerate() {
            if !described.changes {
                continue;
            }
            let list = nearest.view.entities.of_kind(kind);
            for (at, (birth, values)) in list.iter().enumerate() {
                let entity = Entity {
                    kind: kind as u8,
                    birth,
                    values,
                };
                out.push(Thing {
                    id: entity.id(),
                    kind: entity.kind,
                    owner: birth.owner,
                    age: (tick - f64::from(birth.tick)).max(0.0) as f32,
                    values: self
                        .blend_entity(described.fields, kind, birth, at)
                        .unwrap_or_else(|| shown(described.fields, values)),
                });
            }
        }
    }

    /// An entity between the two snapshots. An entity that is missing in the newer snapshot, or was
    /// teleported, continues its previous movement.
    fn blend_entity(
        &self,
        fields: &[Field],
        kind: usize,
        birth: Birth,
        near: usize,
    ) -> Option<[f32; FIELDS_MAX]> {
        let values = |snapshot: &'a Snapshot| {
            let list = snapshot.view.entities.of_kind(kind);
            Some(list.values(list.position(birth, near)?))
        };
        let blend = |from: &'a Snapshot, to: &'a Snapshot, part| {
            let (before, after) = (values(from)?, values(to)?);
            is_continuous(fields, before, after, frames_between(from, to, self.rate))
                .then(|| blended(fields, before, after, part))
        };
        blend(self.older, self.newer, self.part).or_else(|| {
            let (earlier, part) = self.part_after_earlier()?;
            blend(earlier, self.older, part)
        })
    }

    /// A player who was teleported after the older snapshot is extrapolated until then, as in the test of hits.
    fn until_the_end(&self, fields: &[Field], seat: Seat) -> Option<[f32; FIELDS_MAX]> {
        let (earlier, part) = self.part_after_earlier()?;
        blend(fields, seat, (earlier, self.older), (part, self.rate))
    }

    /// The snapshot before the older one, and the position of the moment relative to these two (beyond 1).
    fn part_after_earlier(&self) -> Option<(&'a Snapshot, f32)> {
        let earlier = self.earlier.filter(|_| (0.0..1.0).contains(&self.part))?;
        let ticks = |from: &Snapshot, to: &Snapshot| (to.view.tick - from.view.tick) as f32;
        let on = self.part * ticks(self.older, self.newer) / ticks(earlier, self.older);
        Some((earlier, 1.0 + on))
    }
}

/// The snapshot before this one, if it is near enough for an estimate of movement.
fn before<'a>(snapshots: &'a Snapshots, rate: Rate, snapshot: &Snapshot) -> Option<&'a Snapshot> {
    let tick = snapshot.view.tick;
    snapshots
        .before(tick)
        .filter(|earlier| tick - earlier.view.tick <= rate.ticks_in(GAP_FRAMES_MAX))
}

/// The values between two snapshots, if they show one continuous movement: the same life and no teleport.
fn blend(
    fields: &[Field],
    seat: Seat,
    (older, newer): (&Snapshot, &Snapshot),
    (part, rate): (f32, Rate),
) -> Option<[f32; FIELDS_MAX]> {
    let (from, to) = (older.view.seat(seat)?, newer.view.seat(seat)?);
    let is_same_life = older.is_same_life(newer, seat);
    let is_continuous = is_continuous(fields, from, to, frames_between(older, newer, rate));
    (is_continuous && is_same_life).then(|| blended(fields, from, to, part))
}

/// Whether no length changed by more than a movement can in this time.
fn is_continuous(fields: &[Field], from: &[u32], to: &[u32], frames: u32) -> bool {
    fields
        .iter()
        .zip(from.iter().zip(to))
        .all(|(field, (from, to))| match field.kind {
            Kind::Linear { per_px } => from.abs_diff(*to) <= JUMP_PX * u32::from(per_px) * frames,
            _ => true,
        })
}

fn frames_between(older: &Snapshot, newer: &Snapshot, rate: Rate) -> u32 {
    let ticks = newer.view.tick.saturating_sub(older.view.tick).max(1);
    ticks * rate.frames_per_tick()
}
