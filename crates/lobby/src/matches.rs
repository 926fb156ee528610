//! A match as its relay drives it in the lobby: redeem tickets, claim the room, checkpoint it, finish it.
//!
//! Every write carries room, relay and epoch; of a room that is given to another relay by now, nothing is written.

use serde::{Deserialize, Serialize};

use crate::error::{Result, corrupt};
use crate::keys::pool_of;
use crate::lobby::Lobby;
use crate::pool::Pool;
use crate::script;
use crate::view::ProjectileView;

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

/// What a relay mirrors of a running match once a second.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// The room's id.
    pub room: String,
    /// The relay's id.
    pub relay: String,
    /// The room's epoch.
    pub epoch: u64,
    /// Everybody in the match.
    pub players: Vec<CheckpointPlayer>,
    /// What flies.
    pub projectiles: Vec<ProjectileView>,
}

/// A player of a checkpoint; px.
#[derive(Clone, Debug, Serialize)]
pub struct CheckpointPlayer {
    /// UUID text.
    pub player_id: String,
    /// Right.
    pub x: f64,
    /// Down.
    pub y: f64,
    /// Has a game socket: a sign of life.
    pub online: bool,
}

/// The answer to [`Pool::checkpoint`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checkpointed {
    /// Written.
    Written,
    /// The room is not this relay's and epoch's any more: let go of it.
    Stale,
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
        let keys = self.room_keys(room, self.keys.seats(room));
        let args = [room, relay, &epoch.to_string(), boot];
        let answer: ClaimAnswer = self
            .ask("claim_room", &script::CLAIM_ROOM, &keys, &args)
            .await?;
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
        })
    }

    /// Once a second: positions, presence, projectiles; a sign of life of the room and of each player who is online.
    pub async fn checkpoint(&self, checkpoint: &Checkpoint) -> Result<Checkpointed> {
        let Checkpoint {
            room, relay, epoch, ..
        } = checkpoint;
        if !self.has(room) {
            return Ok(Checkpointed::Stale);
        }
        let text = |error| corrupt("checkpoint", error);
        let (epoch, players) = (
            epoch.to_string(),
            serde_json::to_string(&checkpoint.players).map_err(text)?,
        );
        let projectiles = checkpoint.projectiles.iter().map(serde_json::to_string);
        let projectiles: Vec<String> = projectiles.collect::<Result<_, _>>().map_err(text)?;
        let mut args = vec![room.as_str(), relay, &epoch, &players];
        args.extend(projectiles.iter().map(String::as_str));
        let keys = self.room_keys(room, self.keys.projectiles(room));
        let written: bool = self.run(&script::CHECKPOINT, &keys, &args).await?;
        Ok(if written {
            Checkpointed::Written
        } else {
            Checkpointed::Stale
        })
    }

    /// The match is over: scores to the leaderboards once, players out, room gone, outbox told. Who was in the match at its
    /// start counts, even after a forfeit, but not who is in another stay by now.
    pub async fn finish(
        &self,
        room: &str,
        relay: &str,
        epoch: u64,
        scores: &[Score],
    ) -> Result<Finished> {
        let scores = serde_json::to_string(scores).map_err(|error| corrupt("scores", error))?;
        self.end(room, relay, epoch, "match_over", &scores).await
    }

    /// The room failed in the relay (a panic, a game that cannot load): ended without scores, players told `room_failed`.
    pub async fn abandon(&self, room: &str, relay: &str, epoch: u64) -> Result<Finished> {
        self.end(room, relay, epoch, "room_failed", "[]").await
    }

    async fn end(
        &self,
        room: &str,
        relay: &str,
        epoch: u64,
        reason: &str,
        scores: &str,
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
        ];
        let args = [room, relay, &epoch.to_string(), reason, scores];
        let answer: String = self.run(&script::MATCH_FINISH, &keys, &args).await?;
        match answer.as_str() {
            "done" => Ok(Finished::Done),
            "again" => Ok(Finished::Again),
            "stale" => Ok(Finished::Stale),
            other => Err(corrupt("match_finish", other)),
        }
    }

    fn has(&self, room: &str) -> bool {
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
}
