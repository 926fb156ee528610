//! A bot that plays tag: the player who is "it" chases the nearest, the others run away.

use game::prelude::*;

use crate::{Player, SIDE};

/// A bot. It changes its direction four times a second only, so that people outrun it.
#[derive(Clone, Debug)]
pub struct TagBot(Random, Pad);

impl Bot for TagBot {
    fn new(seed: u64) -> Self {
        Self(Random::new(seed), Pad::default())
    }

    fn decide(&mut self, view: &View, own: Seat) -> Input {
        let Some(me) = view
            .player::<Player>(own)
            .filter(|_| view.tick.is_multiple_of(15))
        else {
            return self.1.into();
        };
        let way = |other: Player| (other.x - me.x, other.y - me.y);
        let others = view
            .players()
            .filter(|other: &Player| !other.out && other.it != me.it);
        let nearest = others.map(way).min_by_key(|(x, y)| x.abs().max(y.abs()));
        // Somewhere around the middle.
        let mut near = |at: i32| self.0.below(SIDE as u32) as i32 - at;
        let (x, y) = (near(me.x), near(me.y));
        self.1 = match nearest {
            Some((to_x, to_y)) if me.it => Pad::toward(to_x, to_y),
            Some((to_x, to_y)) if to_x.abs().max(to_y.abs()) < SIDE / 3 => {
                Pad::toward(x / 3 - to_x, y / 3 - to_y)
            }
            _ => Pad::toward(x, y),
        };
        self.1.into()
    }
}
