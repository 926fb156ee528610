//! One projectile: its position at any tick, and its first hit.

use game::{Entity, Past, Pose, SEATS_MAX, Seat, View, along, circles_meet};

use crate::{PLAYER_RADIUS, PLAYER_STEP, SHOT_RADIUS, SHOT_STEP, SIDE};

/// The maximum age of a projectile, ticks: the diagonal is 117 steps long.
pub(crate) const AGE_MAX: u32 = 120;
/// The maximum number of projectiles in flight: the cooldown allows eight per seat.
pub(crate) const SHOTS_MAX: usize = 8 * SEATS_MAX;
/// The kind of a projectile in the schema.
pub(crate) const KIND: u8 = 0;

/// A projectile, described by how it was fired; its later positions are computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shot {
    pub(crate) seat: Seat,
    /// The tick in which it was fired.
    pub(crate) tick: u32,
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) angle: u16,
    /// The view delay of the shooter when firing, in 1/16 tick.
    pub(crate) view_delay: u16,
}

impl Shot {
    /// The position of its centre at a tick not before it was fired.
    pub(crate) fn at(&self, tick: u32) -> (i32, i32) {
        let age = tick.saturating_sub(self.tick).min(AGE_MAX) as i32;
        let (dx, dy) = along(self.angle, SHOT_STEP * age);
        // Saturating, because entities can also come from invalid data.
        (self.x.saturating_add(dx), self.y.saturating_add(dy))
    }

    /// Whether it touches no wall at this tick.
    pub(crate) fn flies(&self, tick: u32) -> bool {
        let (x, y) = self.at(tick);
        let inside = SHOT_RADIUS..=SIDE - SHOT_RADIUS;
        tick.saturating_sub(self.tick) < AGE_MAX && inside.contains(&x) && inside.contains(&y)
    }

    /// The age of the targets' positions, in 1/16 tick: the view delay of the shooter, reduced by half a tick
    /// for each tick of flight, so that distant targets are not hit at positions they left long ago.
    fn target_ago(&self, tick: u32) -> u16 {
        let age = tick.saturating_sub(self.tick).min(AGE_MAX) as u16;
        self.view_delay.saturating_sub(age * 8)
    }

    /// Its flight between the tick before this one and this one.
    pub(crate) fn flight(&self, tick: u32) -> Flight {
        let (start, end) = (self.at(tick - 1), self.at(tick));
        Flight {
            start,
            end: clipped(start, end),
            start_ago: self.target_ago(tick - 1) + 16,
            end_ago: self.target_ago(tick),
        }
    }

    pub(crate) fn id(&self) -> u64 {
        Entity::new(KIND, self.seat, self.tick, &[]).id()
    }

    pub(crate) fn show(&self, view: &mut View) {
        let values = [self.x as u32, self.y as u32, u32::from(self.angle)];
        view.entities
            .push(Entity::new(KIND, self.seat, self.tick, &values));
    }

    /// A shot with an unknown view delay: a client judges no hits.
    pub(crate) fn from_entity(entity: &Entity<'_>) -> Option<Self> {
        let [x, y, angle, ..] = *entity.values else {
            return None;
        };
        Some(Self {
            seat: entity.birth.owner?,
            tick: entity.birth.tick,
            x: x as i32,
            y: y as i32,
            angle: angle as u16 % game::TURN,
            view_delay: 0,
        })
    }
}

/// A projectile's path in one tick, which is the same for all targets.
pub(crate) struct Flight {
    start: (i32, i32),
    /// The end of the path, or the point where it touched the wall.
    end: (i32, i32),
    /// The age of the targets' positions at the start, in 1/16 tick; it is less at the end.
    start_ago: u16,
    end_ago: u16,
}

impl Flight {
    /// Whether it met the target in the target's current life.
    pub(crate) fn meets(&self, target: Seat, now: Pose, past: &Past) -> bool {
        if !self.is_near(now) {
            return false;
        }
        let alive = |pose: Pose| (pose.life == now.life).then_some((pose.x, pose.y));
        let seen = |ago| past.pose(target, Some(now), ago).and_then(alive);
        let (Some(from), Some(to)) = (seen(self.start_ago), seen(self.end_ago)) else {
            return false;
        };
        circles_meet(
            (self.start.0 - from.0, self.start.1 - from.1),
            (self.end.0 - to.0, self.end.1 - to.1),
            REACH,
        )
    }

    /// False if the target is too far away for a hit in any past position.
    fn is_near(&self, now: Pose) -> bool {
        let reach = REACH + PLAYER_STEP * i32::from(self.start_ago.div_ceil(16));
        let is_near = |start: i32, end: i32, now: i32| {
            (start.min(end) - reach..=start.max(end) + reach).contains(&now)
        };
        is_near(self.start.0, self.end.0, now.x) && is_near(self.start.1, self.end.1, now.y)
    }
}

/// The distance between the centres of a projectile and a player at which they touch.
const REACH: i32 = PLAYER_RADIUS + SHOT_RADIUS;

/// The end of a path, clipped at the walls.
fn clipped(start: (i32, i32), end: (i32, i32)) -> (i32, i32) {
    let part = part_inside(start.0, end.0).min(part_inside(start.1, end.1));
    let point = |start: i32, end: i32| start + (end - start) * part / PART;
    (point(start.0, end.0), point(start.1, end.1))
}

/// The full length of a path, for [`part_inside`].
const PART: i32 = 1024;

/// The part of the path from `start` to `end` that lies between the walls, in one dimension.
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
