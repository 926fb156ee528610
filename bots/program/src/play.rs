//! One bot in one match: carries frames between the socket and the bot, and measures times.

use std::time::Duration;

use bots::{
    BotEntry, Client, Error, GameTicket, Lobby, LobbyMessage, Match, MatchBot, MatchEvent, Score,
    Transport, next_message,
};
use tokio::time::{MissedTickBehavior, interval};

use crate::measure::{Measured, Window};

macro_rules! entries {
    ($($game:ty, $bot:ty;)*) => { &[$(BotEntry::of::<$game, $bot>()),*] };
}

const GAMES: &[BotEntry] = registry::each_game!(entries);

/// Half a tick: an input waits for at most this long.
const ACT_INTERVAL: Duration = Duration::from_millis(8);

/// Result of a bot's match.
#[derive(Debug)]
pub(crate) struct Played {
    /// From `over`; None if the match continued without the bot.
    pub(crate) scores: Option<Vec<Score>>,
    /// Why there are none.
    pub(crate) reason: Option<String>,
    pub(crate) reconnects: u32,
    pub(crate) measured: Measured,
}

impl Played {
    /// Nothing yet. Measures while the window is open.
    pub(crate) fn within(window: Window) -> Self {
        Self {
            scores: None,
            reason: None,
            reconnects: 0,
            measured: Measured::within(window),
        }
    }
}

/// Plays to the end, also if the match moves. If this is dropped earlier, `played` has the result
/// so far.
pub(crate) async fn play(
    client: &Client,
    lobby: Lobby,
    game: GameTicket,
    seed: u64,
    played: &mut Played,
) -> Result<(), Error> {
    let mut game = client.play(game).await?;
    let mut bot = MatchBot::new(GAMES, seed);
    let mut lobby = Some(lobby);
    let mut acts = interval(ACT_INTERVAL);
    acts.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            event = game.next() => {
                let Some(event) = event? else { return Ok(()) };
                handle(event, game.transport(), &mut bot, played)?;
                played.reconnects = game.reconnects();
            }
            message = next_message(&mut lobby) => follow(&mut game, &message),
            _ = acts.tick() => act(&mut bot, &mut game, &mut played.measured).await?,
        }
    }
}

fn follow(game: &mut Match, message: &LobbyMessage) {
    let place = message.place();
    if let Some(moved) = place.and_then(|(room, ticket)| game.follow(room, ticket)) {
        tracing::debug!(?moved, "the lobby announced it");
    }
}

fn handle(
    event: MatchEvent,
    transport: Option<Transport>,
    bot: &mut MatchBot,
    played: &mut Played,
) -> Result<(), Error> {
    match event {
        MatchEvent::Moved { relay, epoch } => tracing::debug!(relay, epoch, "moved"),
        MatchEvent::Welcome(welcome) => {
            played.measured.handle_welcome();
            bot.handle_welcome(&welcome, transport)?;
        }
        MatchEvent::Frame(frame) => {
            played.measured.handle_frame(&frame);
            bot.handle_frame(&frame)?;
        }
        MatchEvent::CommandResult(result) => bot.handle_command_result(&result),
        MatchEvent::Over(over) => played.scores = Some(over.scores),
        MatchEvent::Ended { reason } => played.reason = reason,
        MatchEvent::Refused(refused) => tracing::warn!(?refused, "the match refused a message"),
    }
    Ok(())
}

async fn act(bot: &mut MatchBot, game: &mut Match, measured: &mut Measured) -> Result<(), Error> {
    if let Some(frame) = bot.poll_transmit() {
        measured.handle_sent(&frame);
        game.send(frame).await?;
    }
    if let Some(command) = bot.poll_command() {
        game.send_command(command).await;
    }
    if let Some(stats) = bot.stats() {
        measured.note(stats);
    }
    Ok(())
}
