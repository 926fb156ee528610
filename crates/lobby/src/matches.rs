//! A match as its relay drives it in the lobby: redeem tickets, claim the room, finish it.
//!
//! Every write carries room, relay and epoch; of a room that is given to another relay by now, nothing is written.

use serde::{Deserialize, Serialize};

use crate::checkpoint::{SavedHead, SavedRoom};
use crate::error::{Result, corrupt};
use crate::keys::pool_of;
use crate::lobby::Lobby;
use crate::pool::Pool;
use crate::replay::ReplayChunk;
use crate::script;

/// The answer to [`Lobby::redeem`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// The ticket is used up; its player plays there.
    Seat {
        /// The pool's name.
        pool: String,
        /// UUID text.
        player: String,
        /// The room's id.
        room: String,
        /// The room's epoch.
        epoch: u64,
    },
    /// Unknown, used or expired: 401.
    Invalid,
    /// It names another relay: 403; the ticket is not used up.
    WrongRelay,
}

/// The answer to [`Pool::claim_room`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// In seat order.
    Room {
        /// The game's seed.
        seed: u64,
        /// Who is in it now.
        players: Vec<ClaimedPlayer>,
        /// Where it goes on; None: it begins.
        saved: Option<SavedRoom>,
    },
    /// Another relay's, another epoch's, another boot's, or no such room.
    Stale,
}

/// A player of a claimed room.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ClaimedPlayer {
    /// UUID text.
    pub player_id: String,
    /// What others see.
    pub name: String,
    /// `["#rrggbb"]`.
    pub colors: Vec<String>,
}

/// A player's result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Score {
    /// UUID text.
    pub player_id: String,
    /// Added to the leaderboard.
    pub score: u32,
    /// From 1, as the game says.
    pub rank: u32,
}

/// The answer to [`Pool::finish`] and [`Pool::abandon`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finished {
    /// Done.
    Done,
    /// It was finished by this relay and epoch already.
    Again,
    /// The room is not this relay's and epoch's any more.
    Stale,
}

impl Lobby {
    /// Redeems a seat ticket, once, at the relay it names.
    pub async fn redeem(&self, ticket: &str, relay: &str) -> Result<Redeemed> {
        let Some((pool, id)) = ticket.split_once('.') else {
            return Ok(Redeemed::Invalid);
        };
        let Ok(pool) = self.pool(pool) else {
            return Ok(Redeemed::Invalid);
        };
        let answer = pool
            .ask(
                "seat_redeem",
                &script::SEAT_REDEEM,
                &[pool.keys.ticket(id)],
                &[relay],
            )
            .await?;
        Ok(match answer {
            RedeemAnswer::Seat {
                player,
                room,
                epoch,
            } => Redeemed::Seat {
                pool: pool.name().to_owned(),
                player,
                room,
                epoch,
            },
            RedeemAnswer::Invalid => Redeemed::Invalid,
            RedeemAnswer::WrongRelay => Redeemed::WrongRelay,
        })
    }
}

impl Pool {
    /// The first player in: relay and epoch must match, the boot nonce unset or equal.
    pub async fn claim_room(
        &self,
        room: &str,
        relay: &str,
        epoch: u64,
        boot: &str,
    ) -> Result<Claimed> {
        if !self.has(room) {
            return Ok(Claimed::Stale);
        }
        let [record, shadow, seats] = self.room_keys(room, self.keys.seats(room));
        let keys = [record, shadow, seats, self.keys.checkpoint(room)];
        let args = [room, relay, &epoch.to_string(), boot];
        let (text, state): (String, Option<Vec<u8>>) =
            self.run(&script::CLAIM_ROOM, &keys, &args).await?;
        let answer: ClaimAnswer =
            serde_json::from_str(&text).map_err(|error| corrupt("claim_room", error))?;
        if !answer.claimed {
            return Ok(Claimed::Stale);
        }
        let seed = answer
            .seed
            .parse()
            .map_err(|error| corrupt(&keys[0], error))?;
        Ok(Claimed::Room {
            seed,
            players: answer.players,
            saved: answer
                .saved
                .zip(state)
                .map(|(head, state)| head.with(state)),
        })
    }

    /// The match is over: scores to the leaderboards once, players out, room gone, outbox told. Everybody who was in the match
    /// at its start counts, also after a forfeit. A bot (its id is a UUID of version 8) counts for the match, not for the pool.
    pub async fn finish(
        &self,
        room: &str,
        relay: &str,
        epoch: u64,
        scores: &[Score],
        chunk: &ReplayChunk,
    ) -> Result<Finished> {
        let scores = serde_json::to_string(scores).map_err(|error| corrupt("scores", error))?;
        let result = ("match_over", scores.as_str());
        self.end(room, relay, epoch, result, chunk).await
    }

    /// The room failed in the relay (a panic, a game that cannot load): ended without scores and replay, players told
    /// `room_failed`.
    pub async fn abandon(&self, room: &str, relay: &str, epoch: u64) -> Result<Finished> {
        let result = ("room_failed", "[]");
        self.end(room, relay, epoch, result, &ReplayChunk::default())
            .await
    }

    async fn end(
        &self,
        room: &str,
        relay: &str,
        epoch: u64,
        (reason, scores): (&str, &str),
        chunk: &ReplayChunk,
    ) -> Result<Finished> {
        if !self.has(room) {
            return Ok(Finished::Stale);
        }
        let [record, shadow, seats] = self.room_keys(room, self.keys.seats(room));
        let once = self.keys.request(relay, &format!("finish.{room}.{epoch}"));
        let keys = [
            record,
            shadow,
            seats,
            self.keys.leaderboard(),
            self.keys.room_leaderboard(room),
            self.keys.names(),
            once,
            self.keys.replay(room),
            self.keys.room_names(room),
        ];
        let (epoch, from, to) = (
            epoch.to_string(),
            chunk.from.to_string(),
            chunk.to.to_string(),
        );
        let text = [room, relay, &epoch, reason, scores, &from, &to].map(str::as_bytes);
        let args: Vec<&[u8]> = text.into_iter().chain([chunk.bytes.as_slice()]).collect();
        let answer: String = self.run_bytes(&script::MATCH_FINISH, &keys, &args).await?;
        match answer.as_str() {
            "done" => Ok(Finished::Done),
            "lost" => {
                tracing::error!(room, "the replay has a gap and is given up");
                Ok(Finished::Done)
            }
            "again" => Ok(Finished::Again),
            "stale" => Ok(Finished::Stale),
            other => Err(corrupt("match_finish", other)),
        }
    }

    pub(crate) fn has(&self, room: &str) -> bool {
        pool_of(room) == self.name()
    }
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum RedeemAnswer {
    Seat {
        player: String,
        room: String,
        epoch: u64,
    },
    Invalid,
    WrongRelay,
}

#[derive(Deserialize)]
struct ClaimAnswer {
    claimed: bool,
    #[serde(default)]
    seed: String,
    #[serde(default)]
    players: Vec<ClaimedPlayer>,
    #[serde(default)]
    saved: Option<SavedHead>,
}
