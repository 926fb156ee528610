//! A user who plays the arena: a bot that shoots at what its screen shows. Its shots are compared with
//! the room's decisions.

use arena::{Arena, EVENT_HIT};
use game::command::Command;
use game::{Input, Seat, View};
use netclient::{Happened, Scene};

use crate::bot::Bot;
use crate::person::Person;
use crate::screen::Screen;

pub(crate) struct Shooter {
    pub(crate) screen: Screen,
    seat: Seat,
    bot: Bot,
}

impl Person<Arena> for Shooter {
    fn new(seat: Seat, seed: u64) -> Self {
        Self {
            screen: Screen::default(),
            seat,
            bot: Bot::new(seed),
        }
    }

    fn handle_event(&mut self, Happened { event, .. }: &Happened) {
        if let (EVENT_HIT, [victim, _, _, x, y, _]) = (event.kind, event.args) {
            self.screen
                .handle_hit(victim as usize, (x as f32 / 16.0, y as f32 / 16.0));
        }
    }

    fn decide(&mut self, scene: &Scene, _: &View) -> Input {
        self.screen.evaluate(self.seat.index(), scene);
        self.bot.decide(self.seat.index(), scene)
    }

    fn command(&mut self, _: &View) -> Option<Command> {
        None
    }
}
