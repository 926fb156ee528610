//! A bot that plays tag: the player who is "it" chases the nearest, the others run away.

use game::{Bot, Input, Random, Seat, Values, View, direction};

use crate::schema::{IT, OUT, SIDE, UNITS_PER_PX};

/// Nobody runs from what is farther away, in units.
const AFRAID: i32 = 260 * UNITS_PER_PX;
/// A wall this near turns a runner inwards, in units.
const NEAR_WALL: i32 = 70 * UNITS_PER_PX;

/// A bot's mind. It changes its way a few times a second only, so that people outrun it.
#[derive(Clone, Debug)]
pub struct TagBot {
    random: Random,
    way: (i32, i32),
    until: u32,
}

impl Bot for TagBot {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        // Neighbouring seeds begin alike.
        random.bits();
        Self {
            random,
            way: (0, 0),
            until: 0,
        }
    }

    fn decide(&mut self, view: &View, own: Seat) -> Input {
        let Some(me) = &view.seats[own.index()] else {
            return Input::default();
        };
        if view.tick >= self.until || self.until > view.tick + 60 {
            self.until = view.tick + 8 + self.random.below(18);
            self.way = self.wanted(me, &others(view, own));
        }
        let (dx, dy) = direction(f64::from(self.way.0), f64::from(self.way.1));
        Input {
            dx,
            dy,
            ..Input::default()
        }
    }
}

impl TagBot {
    fn wanted(&mut self, me: &Values, others: &[Option<Values>]) -> (i32, i32) {
        let nearest = |wanted: fn(&Values) -> bool| {
            let ways = others
                .iter()
                .flatten()
                .filter(|other| wanted(other))
                .map(|other| way(me, other));
            ways.min_by_key(|way| way.0.abs().max(way.1.abs()))
        };
        if me[IT] == 1 {
            return nearest(|_| true).unwrap_or_else(|| self.anywhere());
        }
        match nearest(|other| other[IT] == 1) {
            Some(threat) if threat.0.abs().max(threat.1.abs()) < AFRAID => {
                let aside = self.anywhere();
                inwards(me, (aside.0 / 3 - threat.0, aside.1 / 3 - threat.1))
            }
            _ => inwards(me, self.anywhere()),
        }
    }

    fn anywhere(&mut self) -> (i32, i32) {
        let mut side = || self.random.below(2 * AFRAID as u32) as i32 - AFRAID;
        (side(), side())
    }
}

/// Everyone else who is there.
fn others(view: &View, own: Seat) -> [Option<Values>; game::SEATS_MAX] {
    let mut others = view
        .seats
        .map(|seat| seat.filter(|fields| fields[OUT] == 0));
    others[own.index()] = None;
    others
}

fn way(from: &Values, to: &Values) -> (i32, i32) {
    (to[0] as i32 - from[0] as i32, to[1] as i32 - from[1] as i32)
}

/// Turned away from walls that are near.
fn inwards(me: &Values, way: (i32, i32)) -> (i32, i32) {
    let turn = |at: u32, way: i32| match at as i32 {
        at if at < NEAR_WALL => way.abs() + NEAR_WALL,
        at if at > SIDE - NEAR_WALL => -way.abs() - NEAR_WALL,
        _ => way,
    };
    (turn(me[0], way.0), turn(me[1], way.1))
}
