//! The screen of one player: which shots touched which players.

use std::collections::BTreeMap;

use netclient::Scene;

use crate::bot::place;

/// A hit or miss by less than this is not visible, px.
const GRAZE_PX: f32 = 0.5;
/// The sum of the radii of a player and a shot, px.
const TOUCH_PX: f32 = (arena::PLAYER_RADIUS_PX + arena::SHOT_RADIUS_PX) as f32;
const SIDE_PX: f32 = arena::SIDE_PX as f32;
const LIVES: usize = 3;
const TIMER: usize = 5;

/// A contact of a shot with a player.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Touch {
    pub(crate) seat: usize,
    /// The remaining lives of the player, which identify the life.
    pub(crate) lives: u32,
    /// The target was drawn as invulnerable, or the miss was too close to be visible.
    pub(crate) doubtful: bool,
    /// The first tick at which the shot had that age.
    pub(crate) tick: u32,
}

/// The drawn state, frame by frame.
#[derive(Debug, Default)]
pub(crate) struct Screen {
    /// Each player's position and life in the previous frame.
    before: [Option<Seen>; 5],
    before_tick: f64,
    /// The position of the last hit of each player.
    hit_at: [Place; 5],
    shots: BTreeMap<u64, Track>,
}

/// A player as drawn.
#[derive(Clone, Copy, Debug)]
struct Seen {
    at: Place,
    lives: u32,
    protected: bool,
}

#[derive(Debug, Default)]
struct Track {
    at: Place,
    age: f32,
    /// How much its age increased per tick of the others.
    pace: f32,
    touches: Vec<Touch>,
}

impl Screen {
    /// Handles a hit: the snapshot contains the position of the player.
    pub(crate) fn handle_hit(&mut self, seat: usize, at: Place) {
        self.hit_at[seat] = at;
    }

    /// Evaluates a drawn frame.
    pub(crate) fn evaluate(&mut self, own: usize, scene: &Scene) {
        let now: [_; 5] = std::array::from_fn(|seat| see(seat, scene));
        for thing in &scene.things {
            let drawn = (thing.values[0], thing.values[1]);
            let track = self
                .shots
                .entry(thing.id)
                .or_insert_with(|| Track::new(drawn, thing.age));
            let at = inside(track.at, drawn);
            let ticks = (scene.others_tick - self.before_tick) as f32;
            let flown = track.flown(thing.age, ticks);
            let is_own = thing.owner.is_some_and(|seat| seat.index() == own);
            for seat in (0..5).filter(|&seat| is_own != (seat == own)) {
                let Some(before) = self.before[seat] else {
                    continue;
                };
                let to = match now[seat] {
                    Some(now) if now.lives == before.lives => between(before.at, now.at, flown),
                    // The snapshot contains the position at the end of the life.
                    _ => self.hit_at[seat],
                };
                let distance = nearest((track.at, at), (before.at, to));
                track.note(
                    distance,
                    Touch {
                        seat,
                        lives: before.lives,
                        doubtful: before.protected || distance > TOUCH_PX - GRAZE_PX,
                        tick: (thing.id / 8) as u32 + thing.age as u32 + 1,
                    },
                );
            }
            track.go_on(at, thing.age, ticks);
        }
        self.before_tick = scene.others_tick;
        self.before = now;
    }

    /// The contacts of a shot, in order.
    pub(crate) fn touches(&self, shot: u64) -> &[Touch] {
        self.shots.get(&shot).map_or(&[], |track| &track.touches)
    }

    /// All shots that were drawn.
    pub(crate) fn shots(&self) -> impl Iterator<Item = u64> {
        self.shots.keys().copied()
    }
}

impl Track {
    fn new(at: Place, age: f32) -> Self {
        Self {
            at,
            age,
            pace: 0.0,
            touches: Vec::new(),
        }
    }

    /// The part of the last frame in which it flew. A shot that ended between two frames did not touch later positions.
    fn flown(&self, age: f32, ticks: f32) -> f32 {
        if self.pace > 0.0 {
            ((age - self.age) / (self.pace * ticks)).min(1.0)
        } else {
            1.0
        }
    }

    fn go_on(&mut self, at: Place, age: f32, ticks: f32) {
        self.pace = (age - self.age) / ticks;
        (self.at, self.age) = (at, age);
    }

    fn note(&mut self, distance: f32, touch: Touch) {
        if distance > TOUCH_PX + GRAZE_PX {
            return;
        }
        match self
            .touches
            .iter_mut()
            .find(|known| known.seat == touch.seat)
        {
            Some(known) => known.doubtful &= touch.doubtful,
            None => self.touches.push(touch),
        }
    }
}

fn see(seat: usize, scene: &Scene) -> Option<Seen> {
    let values = scene.players[seat]?.values;
    Some(Seen {
        at: place(scene, seat)?,
        lives: values[LIVES] as u32,
        protected: values[TIMER] > f32::from(arena::COOLDOWN_TICKS),
    })
}

/// The end of a flight from `from` to `to`, or the point where it touched the wall.
fn inside(from: Place, to: Place) -> Place {
    let (near, far) = (
        arena::SHOT_RADIUS_PX as f32,
        SIDE_PX - arena::SHOT_RADIUS_PX as f32,
    );
    let part = |from: f32, to: f32| match to - from {
        way if to < near && way < 0.0 => ((near - from) / way).clamp(0.0, 1.0),
        way if to > far && way > 0.0 => ((far - from) / way).clamp(0.0, 1.0),
        _ => 1.0,
    };
    let part = part(from.0, to.0).min(part(from.1, to.1));
    (
        from.0 + (to.0 - from.0) * part,
        from.1 + (to.1 - from.1) * part,
    )
}

type Place = (f32, f32);

fn between(from: Place, to: Place, part: f32) -> Place {
    let side = |from: f32, to: f32| from + (to - from) * part;
    (side(from.0, to.0), side(from.1, to.1))
}

/// The minimum distance of two points in straight motion.
fn nearest(shot: (Place, Place), target: (Place, Place)) -> f32 {
    let from = (shot.0.0 - target.0.0, shot.0.1 - target.0.1);
    let to = (shot.1.0 - target.1.0, shot.1.1 - target.1.1);
    let way = (to.0 - from.0, to.1 - from.1);
    let length = way.0 * way.0 + way.1 * way.1;
    let nearest = -(from.0 * way.0 + from.1 * way.1) / length.max(1e-6);
    let part = nearest.clamp(0.0, 1.0);
    (from.0 + way.0 * part).hypot(from.1 + way.1 * part)
}
