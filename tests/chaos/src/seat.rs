//! A player in a match: plays as a bot does, follows the match to other relays, and records its
//! track.

use std::time::Duration;

use bots::games::{self, Player};
use bots::{Client, Error, GameTicket, Lobby, LobbyMessage, Match, MatchEvent, Score};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::track::Track;

/// A tick, about: hundreds of players share a machine with all that they play on.
const ACT_INTERVAL: Duration = Duration::from_millis(16);

/// How a match ended for a player.
pub(crate) enum End {
    /// In this room, which may differ from the one that the ticket was for.
    Over(String, Vec<Score>),
    /// Without scores.
    Ended(Option<String>),
}

/// Plays to the end. Dropping this closes the game socket, as a lost connection does.
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
    let mut seat = Seat {
        game: client.play(game).await?,
        room: room.to_owned(),
        player: None,
        seed,
        began_at: Instant::now(),
    };
    let mut acts = interval(ACT_INTERVAL);
    acts.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let end = loop {
        tokio::select! {
            event = seat.game.next() => {
                let Some(event) = event? else { break End::Ended(None) };
                track.note(&event);
                if let Some(end) = seat.hear(event)? {
                    break end;
                }
            }
            message = hear(lobby) => {
                let place = message.place();
                if let Some(moved) = place.and_then(|(room, game)| seat.game.follow(room, game)) {
                    track.note(&moved);
                }
            }
            _ = acts.tick() => seat.act().await?,
        }
    };
    track.leave();
    Ok(end)
}

struct Seat {
    game: Match,
    room: String,
    player: Option<Box<dyn Player>>,
    seed: u64,
    began_at: Instant,
}

impl Seat {
    fn now_us(&self) -> u64 {
        self.began_at.elapsed().as_micros() as u64
    }

    fn hear(&mut self, event: MatchEvent) -> Result<Option<End>, Error> {
        let now_us = self.now_us();
        match event {
            MatchEvent::Welcome(welcome) => {
                self.room.clone_from(&welcome.room_id);
                if let Some(player) = &mut self.player {
                    player.reset(now_us, &welcome);
                } else {
                    self.player = games::begin(now_us, &welcome, self.seed);
                }
            }
            MatchEvent::Frame(frame) => {
                if let Some(player) = &mut self.player {
                    let heard = player.hear(now_us, &frame);
                    heard.map_err(|error| Error::Unexpected(error.to_string()))?;
                }
            }
            MatchEvent::Over(over) => {
                let room = std::mem::take(&mut self.room);
                return Ok(Some(End::Over(room, over.scores)));
            }
            MatchEvent::Ended { reason } => return Ok(Some(End::Ended(reason))),
            MatchEvent::Moved { .. } | MatchEvent::Refused(_) => {}
        }
        Ok(None)
    }

    async fn act(&mut self) -> Result<(), Error> {
        let now_us = self.now_us();
        let mut frame = Vec::new();
        if let Some(player) = &mut self.player
            && player.act(now_us, &mut frame)
        {
            self.game.send(frame).await?;
        }
        Ok(())
    }
}

/// The next lobby message; pends once another socket of the player has taken over.
pub(crate) async fn hear(lobby: &mut Option<Lobby>) -> LobbyMessage {
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
