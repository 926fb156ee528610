//! A bot in a match, and the measurements of its client.

use std::time::{Duration, Instant};

use anyhow::Result;
use arena::{Arena, ArenaBot};
use bots::{BotEntry, Client, GameTicket, Match, MatchBot, MatchEvent, Transport};
use protocol::binary::decode_header;
use tokio::time::{MissedTickBehavior, interval};

const GAMES: &[BotEntry] = &[BotEntry::of::<Arena, ArenaBot>()];
/// The frame interval of the player's screen.
const FRAME: Duration = Duration::from_micros(16_667);
/// Nothing listens there: a bot that loses its connection stays out.
const LOBBY: &str = "http://127.0.0.1:9";

/// The measurements of a client, from its connection to the end.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The snapshots that the client used: arrival time and tick.
    pub(crate) snapshots: Vec<(Instant, u32)>,
    /// The times at which a snapshot corrected the prediction.
    pub(crate) corrections: Vec<Instant>,
    /// When the match was over, or the connection was lost.
    pub(crate) ended: Option<Instant>,
    /// Whether the connection was lost.
    pub(crate) is_lost: bool,
}

/// Plays to the end of the match. If the future is dropped earlier, `saw` has the measurements so far.
pub(crate) async fn play(game: GameTicket, transport: Transport, seed: u64, saw: &mut Seen) {
    let played = try_play(game, transport, seed, saw).await;
    if let Err(error) = &played {
        eprintln!("a player: {error}");
    }
    saw.is_lost = !matches!(played, Ok(true));
    saw.ended = Some(Instant::now());
}

/// Returns true if the match was over.
async fn try_play(
    game: GameTicket,
    transport: Transport,
    seed: u64,
    saw: &mut Seen,
) -> Result<bool> {
    let client = Client::with_token(LOBBY, "")?.with_transport(transport);
    let mut game = client.play(game).await?;
    let mut bot = MatchBot::new(GAMES, seed);
    let mut frames = interval(FRAME);
    frames.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            event = game.next() => match event? {
                Some(MatchEvent::Over(_)) => return Ok(true),
                Some(event) => handle(&event, game.transport(), &mut bot, saw)?,
                None => return Ok(false),
            },
            _ = frames.tick() => send(&mut game, &mut bot).await?,
        }
        if game.reconnects() > 0 {
            return Ok(false);
        }
    }
}

fn handle(
    event: &MatchEvent,
    transport: Option<Transport>,
    bot: &mut MatchBot,
    saw: &mut Seen,
) -> Result<()> {
    match event {
        MatchEvent::Welcome(welcome) => bot.handle_welcome(welcome, transport)?,
        MatchEvent::Frame(frame) => {
            let before = bot.stats().unwrap_or_default();
            bot.handle_frame(frame)?;
            let after = bot.stats().unwrap_or_default();
            let now = Instant::now();
            if after.snapshots > before.snapshots {
                let tick = decode_header(frame)?.tick;
                saw.snapshots.push((now, tick));
            }
            if after.corrections > before.corrections {
                saw.corrections.push(now);
            }
        }
        _ => {}
    }
    Ok(())
}

/// Lets the bot decide an input, and sends it.
async fn send(game: &mut Match, bot: &mut MatchBot) -> Result<()> {
    if let Some(frame) = bot.poll_transmit() {
        game.send(frame).await?;
    }
    Ok(())
}
