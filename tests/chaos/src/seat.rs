//! A player in a match: plays like a bot, follows the match to other relays, and records its track.

use std::time::Duration;

use bots::{BotEntry, Client, Error, GameTicket, Lobby, MatchBot, MatchEvent, Score, next_message};
use tokio::time::{MissedTickBehavior, interval};

use crate::track::Track;

macro_rules! entries {
    ($($game:ty, $bot:ty;)*) => { &[$(BotEntry::of::<$game, $bot>()),*] };
}

const GAMES: &[BotEntry] = registry::each_game!(entries);

/// About one tick. A shorter interval would use CPU time that hundreds of players and their servers share.
const ACT_INTERVAL: Duration = Duration::from_millis(16);

/// How a match ended for a player.
pub(crate) enum End {
    /// With scores, in this room, which may differ from the room of the ticket.
    Over(String, Vec<Score>),
    /// Without scores.
    Ended(Option<String>),
}

/// Plays to the end. Dropping this future closes the game socket, like a lost connection.
pub(crate) async fn play(
    client: &Client,
    lobby: &mut Option<Lobby>,
    room: &str,
    game: GameTicket,
    track: &Track,
) -> Result<End, Error> {
    track.enter(room, &game);
    let seed = client.token().bytes().fold(game.epoch, |seed, byte| {
        seed.wrapping_mul(31).wrapping_add(byte.into())
    });
    let mut game = client.play(game).await?;
    let mut bot = MatchBot::new(GAMES, seed);
    let mut room = room.to_owned();
    let mut acts = interval(ACT_INTERVAL);
    acts.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let end = loop {
        tokio::select! {
            event = game.next() => {
                let Some(event) = event? else { break End::Ended(None) };
                track.note(&event);
                match event {
                    MatchEvent::Welcome(welcome) => {
                        bot.handle_welcome(&welcome, game.transport())?;
                        room = welcome.room_id;
                    }
                    MatchEvent::Frame(frame) => bot.handle_frame(&frame)?,
                    MatchEvent::CommandResult(result) => bot.handle_command_result(&result),
                    MatchEvent::Over(over) => break End::Over(room, over.scores),
                    MatchEvent::Ended { reason } => break End::Ended(reason),
                    MatchEvent::Moved { .. } | MatchEvent::Refused(_) => {}
                }
            }
            message = next_message(lobby) => {
                let place = message.place();
                if let Some(moved) = place.and_then(|(room, ticket)| game.follow(room, ticket)) {
                    track.note(&moved);
                }
            }
            _ = acts.tick() => {
                if let Some(frame) = bot.poll_transmit() {
                    game.send(frame).await?;
                }
                if let Some(command) = bot.poll_command() {
                    game.send_command(command).await;
                }
            }
        }
    };
    track.leave();
    Ok(end)
}
