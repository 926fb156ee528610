//! The behavior of a simulated player: a seeded walk, and shots at visible players.

use game::{Input, Pad, Random, aim_from_radians, direction};
use netclient::Scene;

/// The speed of a projectile, px per tick.
const SHOT_PX: f32 = 10.0;
/// The maximum distance of a target, px.
const RANGE_PX: f32 = 420.0;

/// The bot of a simulated player. The same seed and views give the same inputs.
#[derive(Debug)]
pub(crate) struct Bot {
    random: Random,
    way: (i8, i8),
    way_until: f64,
    fires: bool,
    fires_until: f64,
    /// The previously drawn positions of the others.
    before: [Option<(f32, f32)>; 5],
    before_tick: f64,
}

impl Bot {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            way: (0, 0),
            way_until: 0.0,
            fires: false,
            fires_until: 0.0,
            before: [None; 5],
            before_tick: 0.0,
        }
    }

    /// The input for this scene.
    pub(crate) fn decide(&mut self, own: usize, scene: &Scene) -> Input {
        if scene.tick > self.way_until {
            let mut side = || f64::from(self.random.below(255)) - 127.0;
            self.way = direction(side(), side());
            self.way_until = scene.tick + 10.0 + f64::from(self.random.below(40));
        }
        if scene.tick > self.fires_until {
            self.fires = !self.fires;
            self.fires_until = scene.tick + 20.0 + f64::from(self.random.below(60));
        }
        let (dx, dy) = self.way;
        let me = place(scene, own);
        let target = me.and_then(|me| self.target(own, me, scene));
        let aim = self.aim(me, target);
        for (seat, before) in self.before.iter_mut().enumerate() {
            *before = place(scene, seat);
        }
        self.before_tick = scene.others_tick;
        Pad {
            dx,
            dy,
            aim,
            fire: self.fires && target.is_some(),
        }
        .into()
    }

    /// The drawn position of the nearest other player at the time when a shot gets there.
    fn target(&self, own: usize, me: (f32, f32), scene: &Scene) -> Option<(f32, f32)> {
        let far = |at: (f32, f32)| (at.0 - me.0).hypot(at.1 - me.1);
        let (seat, at) = (0..5)
            .filter(|&seat| seat != own)
            .filter_map(|seat| Some((seat, place(scene, seat)?)))
            .min_by(|a, b| far(a.1).total_cmp(&far(b.1)))
            .filter(|&(_, at)| far(at) < RANGE_PX)?;
        let before = self.before[seat].unwrap_or(at);
        let ticks = ((scene.others_tick - self.before_tick) as f32).max(0.5);
        let delay = (scene.tick - scene.others_tick) as f32;
        let flight = far(at) / SHOT_PX;
        let drawn = (flight * 1.5).min(flight + delay);
        let ahead = |from: f32, to: f32| to + ((to - from) / ticks).clamp(-4.0, 4.0) * drawn;
        Some((ahead(before.0, at.0), ahead(before.1, at.1)))
    }

    fn aim(&mut self, me: Option<(f32, f32)>, target: Option<(f32, f32)>) -> u16 {
        let (Some(me), Some(target)) = (me, target) else {
            return 0;
        };
        let exact = f64::from((target.1 - me.1).atan2(target.0 - me.0));
        let shake = f64::from(self.random.below(1000)) / 1000.0 - 0.5;
        aim_from_radians(exact + shake * 0.2)
    }
}

/// The drawn position of a player in the world, px.
pub(crate) fn place(scene: &Scene, seat: usize) -> Option<(f32, f32)> {
    let body = scene.players[seat].filter(|body| body.alive)?;
    Some((body.values[0], body.values[1]))
}
