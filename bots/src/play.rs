//! One bot in one match: carries frames between the socket and the bot, and measures times.

use std::time::Duration;

use bots::games::{self, Player};
use bots::{
    Bytes, Client, Error, GameTicket, Lobby, LobbyMessage, Match, MatchEvent, Score, Welcome,
};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::measure::{Measured, Window};

/// Half a tick: so an input waits for at most that long.
const ACT_INTERVAL: Duration = Duration::from_millis(8);

/// What a bot's match came to.
#[derive(Debug)]
pub(crate) struct Played {
    /// As `over` said; None when the match went on without it.
    pub(crate) scores: Option<Vec<Score>>,
    /// Why there are none.
    pub(crate) reason: Option<String>,
    pub(crate) reconnects: u32,
    pub(crate) measured: Measured,
}

impl Played {
    /// Nothing yet; what is to come is measured while the window is open.
    pub(crate) fn within(window: Window) -> Self {
        Self {
            scores: None,
            reason: None,
            reconnects: 0,
            measured: Measured::within(window),
        }
    }
}

/// Plays to the end, wherever the match goes meanwhile. When it is dropped before, `played` has what came so far.
pub(crate) async fn play(
    client: &Client,
    lobby: Lobby,
    game: GameTicket,
    seed: u64,
    played: &mut Played,
) -> Result<(), Error> {
    let mut game = client.play(game).await?;
    let mut hand = Hand {
        player: None,
        seed,
        began_at: Instant::now(),
    };
    let mut lobby = Some(lobby);
    let mut acts = interval(ACT_INTERVAL);
    acts.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            event = game.next() => {
                let Some(event) = event? else { return Ok(()) };
                hand.hear(event, played)?;
                played.reconnects = game.reconnects();
            }
            message = hear(&mut lobby) => follow(&mut game, &message),
            _ = acts.tick() => hand.act(&mut game, &mut played.measured).await?,
        }
    }
}

/// What the lobby says, until it takes another socket for this player's.
async fn hear(lobby: &mut Option<Lobby>) -> LobbyMessage {
    loop {
        match lobby {
            Some(open) => match open.next().await {
                Ok(message) => return message,
                Err(_) => *lobby = None,
            },
            None => std::future::pending().await,
        }
    }
}

fn follow(game: &mut Match, message: &LobbyMessage) {
    let place = message.place();
    if let Some(moved) = place.and_then(|(room, ticket)| game.follow(room, ticket)) {
        tracing::debug!(?moved, "the lobby said so");
    }
}

struct Hand {
    /// Once welcomed.
    player: Option<Box<dyn Player>>,
    seed: u64,
    began_at: Instant,
}

impl Hand {
    fn now_us(&self) -> u64 {
        self.began_at.elapsed().as_micros() as u64
    }

    fn hear(&mut self, event: MatchEvent, played: &mut Played) -> Result<(), Error> {
        match event {
            MatchEvent::Moved { relay, epoch } => tracing::debug!(relay, epoch, "moved"),
            MatchEvent::Welcome(welcome) => {
                played.measured.handle_welcome();
                self.welcome(&welcome)?;
            }
            MatchEvent::Frame(frame) => self.take(&frame, &mut played.measured)?,
            MatchEvent::Over(over) => played.scores = Some(over.scores),
            MatchEvent::Ended { reason } => played.reason = reason,
            MatchEvent::Refused(refused) => tracing::warn!(?refused, "the match refused something"),
        }
        Ok(())
    }

    fn welcome(&mut self, welcome: &Welcome) -> Result<(), Error> {
        let now_us = self.now_us();
        let is_fine = if let Some(player) = &mut self.player {
            player.reset(now_us, welcome)
        } else {
            self.player = games::begin(now_us, welcome, self.seed);
            self.player.is_some()
        };
        if is_fine {
            Ok(())
        } else {
            Err(Error::Unexpected(format!(
                "no bot plays {:?} with these settings",
                welcome.game
            )))
        }
    }

    fn take(&mut self, frame: &Bytes, measured: &mut Measured) -> Result<(), Error> {
        let now_us = self.now_us();
        measured.handle_frame(frame);
        self.player
            .as_mut()
            .ok_or_else(|| Error::Unexpected("a frame before the welcome".to_owned()))?
            .hear(now_us, frame)
            .map_err(|error| Error::Unexpected(error.to_string()))
    }

    async fn act(&mut self, game: &mut Match, measured: &mut Measured) -> Result<(), Error> {
        let now_us = self.now_us();
        let Some(player) = &mut self.player else {
            return Ok(());
        };
        let mut frame = Vec::new();
        if player.act(now_us, &mut frame) {
            measured.handle_sent(&frame);
            game.send(frame).await?;
        }
        measured.note(player.stats(now_us));
        Ok(())
    }
}
