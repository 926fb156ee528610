//! A bot that plays swarm: it goes to the nearest orb, and dashes when the distance is long.

use game::prelude::*;

use crate::{Controls, Item, Player, REACH};

/// A bot that decides four times a second, so that people are faster.
pub type SwarmBot = Every<5, Collector>;

/// Collects orbs. Half of the bots carry a magnet.
#[derive(Clone, Debug)]
pub struct Collector {
    item: Item,
}

impl Bot for Collector {
    fn new(seed: u64) -> Self {
        let item = match seed % 4 {
            0 => Item::Wings,
            1 => Item::Anchor,
            _ => Item::Magnet,
        };
        Self { item }
    }

    fn decide(&mut self, view: &View, own: Seat) -> Input {
        let me: Player = view.player(own).unwrap_or_default();
        let orbs = view.entities.of_kind(0).iter();
        let places = orbs.map(|(_, fields)| (fields[0] as i32, fields[1] as i32));
        let Some((x, y)) = nearest(me.at(), places) else {
            return Controls::default().into();
        };
        let toward = Pad::toward(x, y);
        Controls {
            direction: Direction {
                x: toward.dx,
                y: toward.dy,
            },
            dash: x.abs().max(y.abs()) > REACH,
            item: self.item as u8,
        }
        .into()
    }
}
