//! A bot that plays in the arena. It is meant to be beaten: it reacts late, leads its aim only
//! partly, aims with noise, pauses, and dodges only some shots.
//!
//! It is not part of the state, so it may use floats. They need `std`, hence the feature.

use std::collections::{BTreeMap, VecDeque};
use std::f64::consts::{PI, TAU};
use std::vec::Vec;

use game::{
    Bot, Input, Pad, Random, Seat, State, View, aim_from_radians, aim_to_radians, direction, hash,
};

use crate::{Arena, SHOT_SPEED_PX, SIDE_PX, UNITS_PER_PX};

const SIDE: f64 = SIDE_PX as f64;
/// The index of the field in the schema.
const LIVES: usize = 3;
/// The speed of a shot, px per tick.
const SHOT_SPEED: f64 = SHOT_SPEED_PX as f64 / game::TICKS_PER_SECOND as f64;
/// The maximum distance of a target, px.
const RANGE: f64 = 560.0;
/// A shot that passes within this distance, px, may be dodged.
const DANGER: f64 = 32.0;
/// The maximum turn of the aim, radians per tick.
const TURN_MAX: f64 = 0.14;

/// The view of a bot at a tick. Positions are in px.
#[derive(Clone, Debug, Default)]
struct Sight {
    tick: u32,
    /// The bot's position; None while dead.
    me: Option<[f64; 2]>,
    /// The possible targets, by seat.
    others: Vec<(Seat, [f64; 2])>,
    /// The shots of others.
    shots: Vec<Flying>,
}

/// A shot in flight.
#[derive(Clone, Debug)]
struct Flying {
    /// The id, constant during the flight.
    id: u64,
    /// Its position.
    at: [f64; 2],
    /// Its direction, radians.
    angle: f64,
}

/// The bot of one seat in one match.
#[derive(Clone, Debug)]
pub struct ArenaBot {
    dice: Dice,
    nature: Nature,
    /// Recent views, oldest first: the bot acts on the one that is `reaction_ticks` old.
    memory: VecDeque<Sight>,
    /// The memory for the next view.
    spare: Option<Sight>,
    aim: f64,
    wobble: f64,
    trigger: Phase,
    walk: Phase,
    walk_angle: f64,
    /// The shots that it has noticed, and whether it tries to dodge them; removed when the shot ends.
    noticed: BTreeMap<u64, bool>,
}

/// The properties that differ between bots.
#[derive(Clone, Copy, Debug)]
struct Nature {
    reaction_ticks: u32,
    /// Standard deviation of the aim, radians.
    shake: f64,
    /// 0 aims at the target's past position, 1 at its future one.
    lead: f64,
    /// The share of shots that it tries to dodge.
    caution: f64,
    /// The preferred distance from its target, px.
    distance: f64,
}

/// A phase that lasts until a tick: a burst, a pause, or a stretch of walking.
#[derive(Clone, Copy, Debug, Default)]
struct Phase {
    on: bool,
    until: u32,
}

impl Bot for ArenaBot {
    fn new(seed: u64) -> Self {
        // The hash keeps bots of neighbouring seeds from starting alike.
        let mut dice = Dice(Random::new(hash(&seed.to_le_bytes()).0));
        let nature = Nature {
            reaction_ticks: dice.between(14.0, 22.0) as u32,
            shake: dice.between(0.14, 0.24),
            lead: dice.between(0.3, 0.8),
            caution: dice.between(0.25, 0.6),
            distance: dice.between(180.0, 320.0),
        };
        let aim = dice.between(-PI, PI);
        Self {
            dice,
            nature,
            memory: VecDeque::new(),
            spare: None,
            aim,
            wobble: 0.0,
            trigger: Phase::default(),
            walk: Phase::default(),
            walk_angle: 0.0,
            noticed: BTreeMap::new(),
        }
    }

    fn decide(&mut self, view: &View, own: Seat) -> Input {
        let mut sight = self.spare.take().unwrap_or_default();
        sight.set(view, own);
        let Some(me) = sight.me else {
            self.memory.clear();
            self.spare = Some(sight);
            return self.input([0.0, 0.0], false);
        };
        let ticks = self
            .memory
            .back()
            .map_or(1, |last| sight.tick.saturating_sub(last.tick))
            .clamp(1, 15);
        let dodge = self.dodge(me, &sight.shots);
        self.remember(sight);
        let target = self.target(me);
        let now = self.memory.back().map_or(0, |sight| sight.tick);
        self.walk(me, target, now);
        self.trigger(now);
        let wanted = target.map(|target| angle(me, target) + self.wobble);
        let off = wanted.map_or(PI, |wanted| wrap(wanted - self.aim));
        if wanted.is_some() {
            let turn = TURN_MAX * f64::from(ticks);
            self.aim = wrap(self.aim + off.clamp(-turn, turn));
        }
        let in_range = target.is_some_and(|target| distance(me, target) < RANGE);
        let way = dodge.unwrap_or([self.walk_angle.cos(), self.walk_angle.sin()]);
        self.input(
            keep_inside(me, way),
            self.trigger.on && in_range && off.abs() < 0.2,
        )
    }
}

impl ArenaBot {
    fn input(&self, way: [f64; 2], fire: bool) -> Input {
        let (dx, dy) = direction(way[0], way[1]);
        Pad {
            dx,
            dy,
            aim: aim_from_radians(self.aim),
            fire,
        }
        .into()
    }

    fn remember(&mut self, sight: Sight) {
        let keep_from = sight.tick.saturating_sub(self.nature.reaction_ticks);
        self.memory.push_back(sight);
        // Keep two views that are old enough: they show the movement of the others.
        while self.memory.len() > 2 && self.memory[1].tick < keep_from {
            self.spare = self.memory.pop_front();
        }
    }

    /// The point to shoot at: the nearest target as seen a reaction time ago, moved ahead on its path.
    fn target(&self, me: [f64; 2]) -> Option<[f64; 2]> {
        let (before, seen) = (self.memory.front()?, self.memory.get(1)?);
        if self.memory.back()?.tick.saturating_sub(seen.tick) + 4 < self.nature.reaction_ticks {
            return None;
        }
        let &(seat, at) = seen
            .others
            .iter()
            .min_by(|a, b| distance(me, a.1).total_cmp(&distance(me, b.1)))?;
        let mut known = before.others.iter();
        let was = known
            .find(|(other, _)| *other == seat)
            .map_or(at, |(_, was)| *was);
        let ticks = f64::from(seen.tick.saturating_sub(before.tick).max(1));
        let ahead = self.nature.lead
            * (distance(me, at) / SHOT_SPEED + f64::from(self.nature.reaction_ticks));
        let step = |axis: usize| {
            let moved = at[axis] - was[axis];
            // A jump is a respawn, not movement.
            if moved.abs() > 8.0 * ticks {
                0.0
            } else {
                moved / ticks * ahead
            }
        };
        Some([at[0] + step(0), at[1] + step(1)])
    }

    /// Sometimes changes its direction: around the target at the preferred distance, or across the
    /// arena if there is no target.
    fn walk(&mut self, me: [f64; 2], target: Option<[f64; 2]>, now: u32) {
        if now < self.walk.until {
            return;
        }
        self.walk.until = now + self.dice.between(20.0, 70.0) as u32;
        self.walk_angle = match target {
            Some(target) => {
                let closer = (distance(me, target) - self.nature.distance) / 200.0;
                let side = if self.dice.chance(0.5) { 1.0 } else { -1.0 };
                angle(me, target)
                    + side * (PI / 2.0 - closer.clamp(-1.0, 1.0))
                    + self.dice.between(-0.3, 0.3)
            }
            None => angle(me, [SIDE / 2.0, SIDE / 2.0]) + self.dice.between(-1.2, 1.2),
        };
    }

    /// Alternates bursts of a few shots and pauses; the aim error changes with each.
    fn trigger(&mut self, now: u32) {
        if now < self.trigger.until {
            return;
        }
        self.trigger.on = !self.trigger.on;
        let ticks = if self.trigger.on {
            self.dice.between(15.0, 55.0)
        } else {
            self.dice.between(45.0, 120.0)
        };
        self.trigger.until = now + ticks as u32;
        self.wobble = self.dice.bell() * self.nature.shake;
    }

    /// A step to the side, away from a noticed shot that would hit.
    fn dodge(&mut self, me: [f64; 2], shots: &[Flying]) -> Option<[f64; 2]> {
        self.noticed
            .retain(|id, _| shots.iter().any(|shot| shot.id == *id));
        for shot in shots {
            let along = [shot.angle.cos(), shot.angle.sin()];
            let to_me = [me[0] - shot.at[0], me[1] - shot.at[1]];
            let ahead = to_me[0] * along[0] + to_me[1] * along[1];
            let aside = to_me[1] * along[0] - to_me[0] * along[1];
            if !(0.0..260.0).contains(&ahead) || aside.abs() > DANGER {
                continue;
            }
            let (dice, caution) = (&mut self.dice, self.nature.caution);
            if *self
                .noticed
                .entry(shot.id)
                .or_insert_with(|| dice.chance(caution))
            {
                let side = if aside < 0.0 { -1.0 } else { 1.0 };
                return Some([-along[1] * side, along[0] * side]);
            }
        }
        None
    }
}

impl Sight {
    /// Replaces the content by that of a view.
    fn set(&mut self, view: &View, own: Seat) {
        let place = |seat: Seat| view.seat(seat).and_then(place);
        let others = view.seats().iter().filter(|&seat| seat != own);
        let shots = view
            .entities
            .iter()
            .filter(|shot| shot.birth.owner != Some(own));
        (self.tick, self.me) = (view.tick, place(own));
        self.others.clear();
        self.others
            .extend(others.filter_map(|seat| Some((seat, place(seat)?))));
        self.shots.clear();
        self.shots.extend(shots.map(|shot| {
            let values = Arena::evaluate(&shot, view.tick);
            Flying {
                id: shot.id(),
                at: px(&values),
                angle: aim_to_radians(values[2] as u16),
            }
        }));
    }
}

/// The position of a player in the world.
fn place(fields: &[u32]) -> Option<[f64; 2]> {
    (fields[LIVES] > 0).then(|| px(fields))
}

fn px(values: &[u32]) -> [f64; 2] {
    [values[0], values[1]].map(|units| f64::from(units) / f64::from(UNITS_PER_PX))
}

/// Turns away from a wall ahead.
fn keep_inside(me: [f64; 2], way: [f64; 2]) -> [f64; 2] {
    let turn = |axis: usize| match me[axis] {
        at if at < 60.0 => way[axis].abs().max(0.3),
        at if at > SIDE - 60.0 => -way[axis].abs().max(0.3),
        _ => way[axis],
    };
    [turn(0), turn(1)]
}

fn distance(from: [f64; 2], to: [f64; 2]) -> f64 {
    (to[0] - from[0]).hypot(to[1] - from[1])
}

fn angle(from: [f64; 2], to: [f64; 2]) -> f64 {
    (to[1] - from[1]).atan2(to[0] - from[0])
}

fn wrap(angle: f64) -> f64 {
    let turned = angle.rem_euclid(TAU);
    if turned > PI { turned - TAU } else { turned }
}

/// The source of a bot's random decisions.
#[derive(Clone, Debug)]
struct Dice(Random);

impl Dice {
    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * f64::from(self.0.bits()) / f64::from(u32::MAX)
    }

    fn chance(&mut self, share: f64) -> bool {
        self.between(0.0, 1.0) < share
    }

    /// About normal: mean 0, standard deviation 1.
    fn bell(&mut self) -> f64 {
        (0..4).map(|_| self.between(-1.0, 1.0)).sum::<f64>() * (3.0_f64 / 4.0).sqrt()
    }
}
