//! The age at which projectiles are drawn. Own shots are drawn as the hit rule judges them, shots of
//! others at the time of the own player.

use alloc::vec::Vec;

use game::{Birth, Entity, EntityKind, FIELDS_MAX, Game, Seat, Values, View};

use crate::input_log::InputLog;
use crate::scene::{Thing, blended};
use crate::us_between;

/// A shot of another player starts at the muzzle when it is first received, and reaches its true position after this
/// time, microseconds.
const EASED_US: f64 = 100_000.0;

/// The own shots, from the predicted tick of their birth until their end was drawn.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnShots {
    shots: Vec<OwnShot>,
}

#[derive(Clone, Debug)]
struct OwnShot {
    kind: u8,
    birth: Birth,
    values: Vec<u32>,
    /// The view delay with which it was fired, ticks.
    view_delay: f64,
    /// A snapshot contained it.
    confirmed: bool,
    /// The first tick without it.
    end: Option<u32>,
    /// The age at which it was last drawn.
    age: f64,
}

impl OwnShots {
    /// Handles the view of a newly predicted tick.
    pub(crate) fn handle_predicted(
        &mut self,
        shape: Shape,
        own: Seat,
        view: &View,
        log: &InputLog,
    ) {
        for shot in self.shots.iter_mut().filter(|shot| shot.end.is_none()) {
            if !has(view, shot) {
                shot.end = Some(view.tick);
            }
        }
        self.add(shape, own, view, log);
    }

    /// Handles a snapshot and the view that is predicted from it.
    pub(crate) fn handle_snapshot(
        &mut self,
        shape: Shape,
        own: Seat,
        snapshot: &View,
        predicted: &View,
        log: &InputLog,
    ) {
        self.shots.retain_mut(|shot| {
            let (is_there, will_be) = (has(snapshot, shot), has(predicted, shot));
            shot.confirmed |= is_there;
            if will_be {
                shot.end = None;
            } else if is_there {
                shot.end.get_or_insert(predicted.tick);
            } else if shot.birth.tick <= snapshot.tick && (shot.confirmed || shot.end.is_some()) {
                // It hit a player, or the wall that was predicted.
                shot.end = Some(shot.end.map_or(snapshot.tick, |end| end.min(snapshot.tick)));
            } else if shot.end.is_none() {
                // The server never fired it.
                return false;
            }
            true
        });
        self.add(shape, own, predicted, log);
    }

    /// Appends the own shots for a scene in which the others are drawn at this tick.
    pub(crate) fn draw(&mut self, shape: Shape, others_tick: f64, out: &mut Vec<Thing>) {
        self.shots.retain_mut(|shot| {
            let end = shot
                .end
                .map(|end| f64::from(end.saturating_sub(shot.birth.tick)));
            if end.is_some_and(|end| shot.age >= end) {
                return false;
            }
            let since = others_tick - f64::from(shot.birth.tick);
            let age = age_when_fired_at(since, shot.view_delay).max(shot.age);
            shot.age = end.map_or(age, |end| age.min(end));
            out.push(shape.thing(&shot.entity(), shot.age));
            true
        });
    }

    fn add(&mut self, shape: Shape, own: Seat, view: &View, log: &InputLog) {
        let is_own = |entity: &Entity<'_>| entity.birth.owner == Some(own);
        for entity in shape.evaluated(view).filter(is_own) {
            let is_known = |shot: &OwnShot| (shot.kind, shot.birth) == (entity.kind, entity.birth);
            if !self.shots.iter().any(is_known) {
                let view_delay = log.get(entity.birth.tick).unwrap_or_default().view_delay;
                self.shots.push(OwnShot {
                    kind: entity.kind,
                    birth: entity.birth,
                    values: entity.values.to_vec(),
                    view_delay: f64::from(view_delay) / 16.0,
                    confirmed: false,
                    end: None,
                    age: 0.0,
                });
            }
        }
    }
}

impl OwnShot {
    fn entity(&self) -> Entity<'_> {
        Entity {
            kind: self.kind,
            birth: self.birth,
            values: &self.values,
        }
    }
}

/// The age of a shot whose judged targets are those that are drawn now. A shot of age a is judged against targets of
/// max(0, D - a/2) ticks ago, where D is the view delay with which it was fired. These targets are drawn when
/// a - max(0, D - a/2) ticks have passed since the shot.
fn age_when_fired_at(since: f64, view_delay: f64) -> f64 {
    let age = (since + view_delay) / 1.5;
    if age < 2.0 * view_delay { age } else { since }
}

/// The others' shots, and when each was first received.
#[derive(Clone, Debug, Default)]
pub(crate) struct TheirShots {
    /// Id and time of reception, microseconds.
    received_us: Vec<(u64, u64)>,
}

impl TheirShots {
    /// Appends the others' shots for a scene in which the own player acts in this tick.
    pub(crate) fn draw(
        &mut self,
        shape: Shape,
        now_us: u64,
        (own, own_tick): (Seat, f64),
        predicted: &View,
        out: &mut Vec<Thing>,
    ) {
        let theirs = || {
            shape
                .evaluated(predicted)
                .filter(|entity| entity.birth.owner != Some(own))
        };
        self.received_us
            .retain(|&(id, _)| theirs().any(|entity| entity.id() == id));
        for entity in theirs() {
            let known = self.received_us.iter().find(|(id, _)| *id == entity.id());
            let received_us = known.map_or(now_us, |&(_, received_us)| received_us);
            if known.is_none() {
                self.received_us.push((entity.id(), now_us));
            }
            let part = (us_between(received_us, now_us) / EASED_US).min(1.0);
            let age = (own_tick - f64::from(entity.birth.tick)).max(0.0);
            out.push(shape.thing(&entity, age * part));
        }
    }
}

/// The entity kinds of a game and their evaluation, without the game's type, so that the users of this are compiled
/// once for all games.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    kinds: &'static [EntityKind],
    evaluate: fn(&Entity<'_>, u32) -> Values,
}

impl Shape {
    pub(crate) fn of<G: Game>() -> Self {
        Self {
            kinds: G::SCHEMA.entities,
            evaluate: G::evaluate,
        }
    }

    /// Whether the entity is evaluated from its birth.
    pub(crate) fn is_evaluated(self, entity: &Entity<'_>) -> bool {
        let kind = self.kinds.get(usize::from(entity.kind));
        kind.is_some_and(|kind| !kind.changes)
    }

    /// The entities of a view that are evaluated from their birth.
    fn evaluated(self, view: &View) -> impl Iterator<Item = Entity<'_>> {
        view.entities
            .iter()
            .filter(move |entity| self.is_evaluated(entity))
    }

    /// The entity as drawn at this age.
    pub(crate) fn thing(self, entity: &Entity<'_>, age: f64) -> Thing {
        let whole = age as u32;
        let tick = entity.birth.tick.saturating_add(whole);
        let kind = self.kinds.get(usize::from(entity.kind));
        let values = kind.map_or([0.0; FIELDS_MAX], |kind| {
            let from = (self.evaluate)(entity, tick);
            let to = (self.evaluate)(entity, tick.saturating_add(1));
            blended(kind.fields, &from, &to, (age - f64::from(whole)) as f32)
        });
        Thing {
            id: entity.id(),
            kind: entity.kind,
            owner: entity.birth.owner,
            age: age as f32,
            values,
        }
    }
}

fn has(view: &View, shot: &OwnShot) -> bool {
    let list = view.entities.of_kind(shot.kind.into());
    list.position(shot.birth, 0).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_shots_are_drawn_at_the_age_at_which_drawn_targets_are_judged() {
        for delay in [0.0, 3.25, 12.0, 15.0] {
            for age in 0..120 {
                let age = f64::from(age);
                let since = age - (delay - age / 2.0).max(0.0);
                let drawn = age_when_fired_at(since, delay);
                assert!(
                    (drawn - age).abs() < 1e-9,
                    "delay {delay}, age {age}: {drawn}"
                );
            }
        }
    }
}
