//! Bots that play a match: a game's [`Bot`] behind a [`NetClient`].

use game::{Bot, Game, Seat, Seats, Settings};
use netclient::{Error, NetClient, Stats};
use protocol::binary::FrameKind;
use protocol::{CommandMessage, CommandResult, Welcome};
use uuid::Uuid;

use crate::pending_command::PendingCommand;

/// A game with a bot, without their types.
#[derive(Clone, Copy, Debug)]
pub struct BotEntry {
    name: &'static str,
    begin: fn(u64, &Welcome, u64) -> Option<Box<dyn Player>>,
}

/// A bot in a match, without the game's type. Times are microseconds.
pub(crate) trait Player: Send {
    /// Handles a new `welcome`; false when it is invalid.
    fn reset(&mut self, now_us: u64, welcome: &Welcome) -> bool;
    /// After a `welcome` over WebTransport.
    fn use_datagrams(&mut self);
    /// Handles a frame of the match. An error: the frame is invalid.
    fn handle_frame(&mut self, now_us: u64, frame: &[u8]) -> Result<(), Error>;
    /// Handles the result of a command.
    fn handle_command_result(&mut self, result: &CommandResult);
    /// Decides the input and the command of each new tick, and appends the inputs to send; false when there is nothing.
    fn act(&mut self, now_us: u64, out: &mut Vec<u8>) -> bool;
    /// A command to send.
    fn poll_command(&mut self) -> Option<CommandMessage>;
    /// What the client half has measured.
    fn stats(&self, now_us: u64) -> Stats;
}

/// A bot for the game of this welcome; None if it is not one of these games.
pub(crate) fn begin(
    games: &[BotEntry],
    now_us: u64,
    welcome: &Welcome,
    seed: u64,
) -> Option<Box<dyn Player>> {
    let entry = games.iter().find(|entry| entry.name == welcome.game)?;
    (entry.begin)(now_us, welcome, seed)
}

impl BotEntry {
    /// The entry of this game and its bot.
    pub const fn of<G: Game + Send + 'static, B: Bot + Send + 'static>() -> Self {
        Self {
            name: G::NAME,
            begin: |now_us, welcome, seed| {
                let welcome = understood::<G>(welcome)?;
                Some(Box::new(Playing {
                    own: welcome.seat,
                    client: NetClient::<G>::new(now_us, &welcome),
                    bot: B::new(seed),
                    command: PendingCommand::new(Uuid::new_v4().as_u128() as u32),
                    decided: 0,
                }))
            },
        }
    }
}

struct Playing<G: Game, B> {
    own: Seat,
    client: NetClient<G>,
    bot: B,
    command: PendingCommand,
    /// The tick that was decided last.
    decided: u32,
}

impl<G: Game + Send, B: Bot + Send> Player for Playing<G, B> {
    fn reset(&mut self, now_us: u64, welcome: &Welcome) -> bool {
        let welcome = understood::<G>(welcome);
        if let Some(welcome) = &welcome {
            (self.own, self.decided) = (welcome.seat, 0);
            self.client.handle_reset(now_us, welcome);
            self.command.handle_welcome();
        }
        welcome.is_some()
    }

    fn use_datagrams(&mut self) {
        self.client.use_datagrams();
    }

    fn handle_frame(&mut self, now_us: u64, frame: &[u8]) -> Result<(), Error> {
        self.client.handle_binary(now_us, frame)?;
        while self.client.poll_event().is_some() {}
        if FrameKind::of(frame)? != FrameKind::Events {
            self.command.handle_snapshot();
        }
        Ok(())
    }

    fn handle_command_result(&mut self, result: &CommandResult) {
        self.command.handle_result(result);
    }

    fn act(&mut self, now_us: u64, out: &mut Vec<u8>) -> bool {
        let is_some = self.client.poll_transmit(now_us, out);
        let view = self.client.view();
        if view.tick > self.decided {
            self.decided = view.tick;
            let input = self.bot.decide(view, self.own);
            self.client.set_input(input);
            let view = self.client.view();
            if self.command.is_none()
                && let Some(command) = self.bot.command(view, self.own)
            {
                self.command.put(G::COMMANDS, command);
            }
        }
        is_some
    }

    fn poll_command(&mut self) -> Option<CommandMessage> {
        self.command.poll()
    }

    fn stats(&self, now_us: u64) -> Stats {
        self.client.stats(now_us)
    }
}

fn understood<G: Game>(welcome: &Welcome) -> Option<netclient::Welcome> {
    let seats = welcome.players.iter();
    let settings = welcome.arena.settings.iter();
    let settings = settings.map(|(name, &value)| (name.as_str(), value));
    Some(netclient::Welcome {
        seat: Seat::new(welcome.seat.into())?,
        tick: welcome.tick,
        settings: Settings::parse(G::SETTINGS, settings).ok()?,
        seats: seats
            .filter_map(|player| Seat::new(player.seat.into()))
            .collect::<Seats>(),
        snapshot_hz: welcome.rates.snapshot_hz,
    })
}
