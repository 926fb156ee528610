//! A bot in one match, with its clock.

use netclient::Stats;
use protocol::{CommandMessage, CommandResult, Welcome};
use tokio::time::Instant;

use crate::error::{Error, Result};
use crate::games::{self, BotEntry, Player};
use crate::socket::Transport;

/// Plays one match as the bot of its game. The caller carries frames between it and the match.
pub struct MatchBot {
    /// None before the first welcome.
    player: Option<Box<dyn Player>>,
    games: &'static [BotEntry],
    seed: u64,
    began_at: Instant,
}

impl MatchBot {
    /// A bot that plays one of these games and decides by this seed.
    pub fn new(games: &'static [BotEntry], seed: u64) -> Self {
        Self {
            player: None,
            games,
            seed,
            began_at: Instant::now(),
        }
    }

    /// Handles the first welcome, or one after the match moved, which came over this transport. An error: no bot plays
    /// this game with these settings.
    pub fn handle_welcome(
        &mut self,
        welcome: &Welcome,
        transport: Option<Transport>,
    ) -> Result<()> {
        let now_us = self.now_us();
        let is_fine = if let Some(player) = &mut self.player {
            player.reset(now_us, welcome)
        } else {
            self.player = games::begin(self.games, now_us, welcome, self.seed);
            self.player.is_some()
        };
        if is_fine {
            if let (Some(player), Some(Transport::WebTransport)) = (&mut self.player, transport) {
                player.use_datagrams();
            }
            return Ok(());
        }
        let game = &welcome.game;
        let why = format!("no bot plays {game:?} with these settings");
        Err(Error::Unexpected(why))
    }

    /// Handles a frame of the match. An error: it is invalid, or no welcome came before it.
    pub fn handle_frame(&mut self, frame: &[u8]) -> Result<()> {
        let now_us = self.now_us();
        let player = self.player.as_mut();
        let player =
            player.ok_or_else(|| Error::Unexpected("a frame before the welcome".to_owned()))?;
        let handled = player.handle_frame(now_us, frame);
        handled.map_err(|error| Error::Unexpected(error.to_string()))
    }

    /// Handles the result of a command of this bot.
    pub fn handle_command_result(&mut self, result: &CommandResult) {
        if let Some(player) = &mut self.player {
            player.handle_command_result(result);
        }
    }

    /// Decides the input and the command of each new tick, and returns the frame to send. To be called at least
    /// once a tick.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        let now_us = self.now_us();
        let mut frame = Vec::new();
        let is_due = self.player.as_mut()?.act(now_us, &mut frame);
        is_due.then_some(frame)
    }

    /// The command to send, if there is one. A command without a result is returned again after the
    /// next welcome.
    pub fn poll_command(&mut self) -> Option<CommandMessage> {
        self.player.as_mut()?.poll_command()
    }

    /// What the bot's client has measured; None before the first welcome.
    pub fn stats(&self) -> Option<Stats> {
        Some(self.player.as_ref()?.stats(self.now_us()))
    }

    fn now_us(&self) -> u64 {
        self.began_at.elapsed().as_micros() as u64
    }
}
