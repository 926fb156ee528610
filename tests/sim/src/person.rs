//! The user of a simulated client: sees the screen, and decides the input and the commands.

use game::command::Command;
use game::{Bot, Game, Input, Seat, View};
use netclient::{Happened, Scene};

/// The user of a client.
pub(crate) trait Person<G: Game> {
    /// A user on this seat. The same seed gives the same decisions.
    fn new(seat: Seat, seed: u64) -> Self;

    /// Handles an event that reached the client.
    fn handle_event(&mut self, happened: &Happened);

    /// Decides the input after a drawn frame. `view` is the state as the client knows it.
    fn decide(&mut self, scene: &Scene, view: &View) -> Input;

    /// The command to send, if there is one.
    fn command(&mut self, view: &View) -> Option<Command>;
}

/// The bot of a game, which decides once per tick.
pub(crate) struct BotPerson<B> {
    seat: Seat,
    bot: B,
    tick: u32,
    input: Input,
    command: Option<Command>,
}

impl<G: Game, B: Bot> Person<G> for BotPerson<B> {
    fn new(seat: Seat, seed: u64) -> Self {
        Self {
            seat,
            bot: B::new(seed),
            tick: 0,
            input: Input::default(),
            command: None,
        }
    }

    fn handle_event(&mut self, _: &Happened) {}

    fn decide(&mut self, _: &Scene, view: &View) -> Input {
        if view.tick > self.tick {
            self.tick = view.tick;
            self.input = self.bot.decide(view, self.seat);
            self.command = self.bot.command(view, self.seat);
        } else {
            self.input = G::INPUT.held(self.input);
        }
        self.input
    }

    fn command(&mut self, _: &View) -> Option<Command> {
        self.command.take()
    }
}
