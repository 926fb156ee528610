//! A bot that plays tag: the player who is "it" chases the nearest player, the others run away.

use game::prelude::*;

use crate::{Player, SIDE};

/// A bot. It changes its direction only four times a second, so that people can outrun it.
pub type TagBot = Every<15, Runner>;

/// Moves at random while no player is near.
#[derive(Clone, Debug)]
pub struct Runner(RandomBot);

impl Bot for Runner {
    fn new(seed: u64) -> Self {
        Self(RandomBot::new(seed))
    }

    fn decide(&mut self, view: &View, own: Seat) -> Input {
        let me: Player = view.player(own).unwrap_or_default();
        let rivals = view
            .players()
            .filter(|other: &Player| !other.out && other.it != me.it);
        match nearest(me.at(), rivals.map(|rival| rival.at())) {
            Some((x, y)) if me.it => Pad::toward(x, y).into(),
            Some((x, y)) if are_near((x, y), (0, 0), SIDE / 3) => Pad::toward(-x, -y).into(),
            _ => self.0.decide(view, own),
        }
    }
}
