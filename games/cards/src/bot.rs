//! A bot that plays cards: after a moment it plays its highest card that matches, or draws.

use game::prelude::*;

use crate::{Player, VALUES, matches};

/// A bot. It waits about a second in its turn, so that people can follow.
#[derive(Clone, Debug)]
pub struct CardsBot {
    random: Random,
    acts_at: u32,
}

impl Bot for CardsBot {
    fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            acts_at: 0,
        }
    }

    fn decide(&mut self, _: &View, _: Seat) -> Input {
        Input::default()
    }

    fn command(&mut self, view: &View, own: Seat) -> Option<Command> {
        // The first fields of the match, in the order of the state.
        let &[turn, top, ..] = view.match_values.as_slice() else {
            return None;
        };
        if turn as usize != own.index() {
            self.acts_at = view.tick + 40 + self.random.below(40);
            return None;
        }
        if view.tick < self.acts_at {
            return None;
        }
        // With two players, a skip gives the next turn to the same player.
        self.acts_at = view.tick + 60;
        let me: Player = view.player(own)?;
        let fitting = me.hand().filter(|&card| matches(card, top));
        let best = fitting.max_by_key(|card| (card - 1) % VALUES);
        Some(best.map_or_else(
            || Command::new(1, &[]),
            |card| Command::new(0, &[card.into()]),
        ))
    }
}
