//! Owns one projectile: where it is at any tick, and whom it meets on the way.

use game::{Entity, Past, Pose, Seat, along, circles_meet};

use crate::{PLAYER_RADIUS, SHOT_RADIUS, SHOT_STEP, SIDE};

/// Ticks in which any projectile reaches a wall: the diagonal is 117 steps long.
pub(crate) const AGE_MAX: u32 = 120;
/// The kind of a projectile in the schema.
pub(crate) const KIND: u8 = 0;

/// Described by how it was fired; everything later is computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shot {
    pub(crate) seat: Seat,
    /// When it was fired.
    pub(crate) tick: u32,
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) angle: u16,
    /// How far in the past the shooter saw the others when he fired, in 1/16 tick.
    pub(crate) view_delay: u16,
}

impl Shot {
    /// Where its middle is at a tick not before it was fired.
    pub(crate) fn at(&self, tick: u32) -> (i32, i32) {
        let age = tick.saturating_sub(self.tick).min(AGE_MAX) as i32;
        let (dx, dy) = along(self.angle, SHOT_STEP * age);
        // Saturating: an entity that no arena made may be asked about, too.
        (self.x.saturating_add(dx), self.y.saturating_add(dy))
    }

    /// Whether it touches no wall at this tick.
    pub(crate) fn flies(&self, tick: u32) -> bool {
        let (x, y) = self.at(tick);
        let inside = SHOT_RADIUS..=SIDE - SHOT_RADIUS;
        tick.saturating_sub(self.tick) < AGE_MAX && inside.contains(&x) && inside.contains(&y)
    }

    /// How far in the past its targets are, in 1/16 tick: what the shooter saw when it was fired, then half a tick less
    /// with each tick of its flight, so that far targets are not hit where they no longer are.
    fn target_ago(&self, tick: u32) -> u16 {
        let age = tick.saturating_sub(self.tick).min(AGE_MAX) as u16;
        self.view_delay.saturating_sub(age * 8)
    }

    /// Whether it met the target between the tick before this one and this one, in the life the target lives now.
    pub(crate) fn meets(&self, tick: u32, target: Seat, now: Pose, past: &Past) -> bool {
        let alive = |pose: Pose| (pose.life == now.life).then_some((pose.x, pose.y));
        let seen = |ago| past.pose(target, Some(now), ago).and_then(alive);
        let (Some(from), Some(to)) = (
            seen(self.target_ago(tick - 1) + 16),
            seen(self.target_ago(tick)),
        ) else {
            return false;
        };
        let (start, end) = (self.at(tick - 1), self.clipped(tick));
        circles_meet(
            (start.0 - from.0, start.1 - from.1),
            (end.0 - to.0, end.1 - to.1),
            PLAYER_RADIUS + SHOT_RADIUS,
        )
    }

    /// Where it is at this tick, or where it touched the wall on its way there.
    fn clipped(&self, tick: u32) -> (i32, i32) {
        let (start, end) = (self.at(tick - 1), self.at(tick));
        let part = part_inside(start.0, end.0).min(part_inside(start.1, end.1));
        let point = |start: i32, end: i32| start + (end - start) * part / PART;
        (point(start.0, end.0), point(start.1, end.1))
    }

    pub(crate) fn entity(&self) -> Entity {
        Entity::new(
            KIND,
            self.seat,
            self.tick,
            &[self.x as u32, self.y as u32, u32::from(self.angle)],
        )
    }

    /// A shot whose view delay is not known: a client judges no hit.
    pub(crate) fn from_entity(entity: &Entity) -> Self {
        let [x, y, angle, ..] = entity.values;
        let Entity { seat, tick, .. } = *entity;
        Self {
            seat,
            tick,
            x: x as i32,
            y: y as i32,
            angle: angle as u16 % game::TURN,
            view_delay: 0,
        }
    }
}

/// The whole of a way, for [`part_inside`].
const PART: i32 = 1024;

/// How much of the way from `start` to `end` lies between the walls, along one side.
fn part_inside(start: i32, end: i32) -> i32 {
    let (near, far) = (SHOT_RADIUS, SIDE - SHOT_RADIUS);
    if end < near && start > end {
        ((start - near).max(0) * PART) / (start - end)
    } else if end > far && end > start {
        ((far - start).max(0) * PART) / (end - start)
    } else {
        PART
    }
}
