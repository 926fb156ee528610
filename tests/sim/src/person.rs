//! What plays in front of a client: it sees the screen, and decides the input and the commands.

use game::command::Command;
use game::{Bot, Game, Input, Seat, View};
use netclient::{Happened, Scene};

/// A player without the client.
pub(crate) trait Person<G: Game> {
    /// On this seat. The same seed decides the same.
    fn new(seat: Seat, seed: u64) -> Self;

    /// An event reached the client.
    fn handle_event(&mut self, happened: &Happened);

    /// A frame was drawn, and this is the state as the client knows it.
    fn decide(&mut self, scene: &Scene, view: &View) -> Input;

    /// The command to send, if there is one.
    fn command(&mut self, view: &View) -> Option<Command>;
}

/// The bot of a game, which decides once a tick.
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
